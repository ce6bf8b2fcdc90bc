"""Take the least useful neurons out of a transformer's perceptrons, and make up for them."""

import torch
from torch import Tensor, nn

from classifier.detector.decoding import Pixels
from classifier.training.clip import Block, ClipBackbone
from classifier.training.progress import Progress, silent

AT_ONCE = 16
# A sixth of the tokens of some hundred crops is ten times as many rows as there are neurons.
ROWS = 30_000
RIDGE = 1e-3
MULTIPLE = 64  # what matrix kernels like


@torch.no_grad()
def prune(
    backbone: ClipBackbone, crops: Pixels, *, keep: float, progress: Progress = silent
) -> list[float]:
    """Keep a share of each perceptron's neurons; ``crops`` (n, H, W, 3) show what they do.

    Block by block: a neuron counts for its mean square times that of the weights that leave it.
    The weights after those that stay are fitted anew to the block's old output by ridge
    regression, and the next block sees what the pruned ones give. Returns of each block the share
    of the perceptron's output, as mean square, that was lost.
    """
    backbone.eval()
    rng = torch.Generator().manual_seed(0)
    batches = [torch.from_numpy(crops[i : i + AT_ONCE]) for i in range(0, len(crops), AT_ONCE)]
    tokens = [backbone.tokens(batch) for batch in batches]
    lost = []
    for number, block in enumerate(backbone.blocks):
        assert isinstance(block, Block)
        progress(number / len(backbone.blocks), f"pruning block {number + 1}")
        tokens = [batch + block.attention(batch) for batch in tokens]
        each = max(ROWS // len(tokens), 1)
        # Sampled batch by batch: all neurons of all tokens together would take a gigabyte.
        seen = torch.cat([_sample(block.activations(batch), each, rng) for batch in tokens])
        lost.append(_prune_block(block, seen, keep))
        tokens = [batch + block.fc2(block.activations(batch)) for batch in tokens]
    return lost


def _sample(activations: Tensor, rows: int, rng: torch.Generator) -> Tensor:
    """Return at most ``rows`` of the (N, T, neurons) activations, (rows, neurons)."""
    flat = activations.flatten(0, 1)
    return flat[torch.randperm(len(flat), generator=rng)[:rows]]


def _prune_block(block: Block, activations: Tensor, keep: float) -> float:
    output = activations @ block.fc2.weight.T
    weighs = activations.square().mean(dim=0) * block.fc2.weight.square().sum(dim=0)
    count = max(round(len(weighs) * keep / MULTIPLE), 1) * MULTIPLE
    kept = weighs.argsort(descending=True)[:count].sort().values
    weight, shift = _refitted(activations[:, kept], output)
    lost = (activations[:, kept] @ weight + shift - output).square().mean()
    block.fc1 = _linear(block.fc1.weight[kept], block.fc1.bias[kept])
    block.fc2 = _linear(weight.T, block.fc2.bias + shift)
    return float(lost / output.square().mean())


def _refitted(inputs: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    """Return ridge weights (inputs, outputs) and a shift (outputs,)."""
    with_one = torch.cat([inputs, torch.ones(len(inputs), 1)], dim=1)
    gram = with_one.T @ with_one
    gram.diagonal().add_(RIDGE * gram.diagonal().mean())
    solution = torch.linalg.solve(gram, with_one.T @ output)
    return solution[:-1], solution[-1]


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer
