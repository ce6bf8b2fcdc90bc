"""Making a transformer fit for 8 bits without changing what it computes.

What goes into a layer is brought to 8 bits with one scale for all of its channels, and a few
channels of CLIP are many times as large as the rest. Dividing each channel by a factor and
multiplying the weights that it meets by the same moves the difficulty from one to the other
(Xiao et al., SmoothQuant, 2023, with α = 1/2).
"""

import torch
from torch import Tensor, nn

from classifier.detector.decoding import Pixels
from classifier.training.clip import Block, ClipBackbone

AT_ONCE = 16
SMALLEST = 1e-5


@torch.no_grad()
def smooth(backbone: ClipBackbone, crops: Pixels) -> None:
    """Even out the channels that go into each block's layers, as ``crops`` (n, H, W, 3) show."""
    backbone.eval()
    batches = [torch.from_numpy(crops[i : i + AT_ONCE]) for i in range(0, len(crops), AT_ONCE)]
    tokens = [backbone.tokens(batch) for batch in batches]
    for block in backbone.blocks:
        assert isinstance(block, Block)
        into_attention = _largest([block.norm1(batch) for batch in tokens])
        values = _largest([block.qkv(block.norm1(batch)).chunk(3, dim=2)[2] for batch in tokens])
        tokens = [batch + block.attention(batch) for batch in tokens]
        into_perceptron = _largest([block.norm2(batch) for batch in tokens])
        tokens = [batch + block.fc2(block.activations(batch)) for batch in tokens]
        _move(block.norm1, block.qkv, into_attention)
        _move(block.norm2, block.fc1, into_perceptron)
        _move_values(block, values)


def _largest(batches: list[Tensor]) -> Tensor:
    """Return the largest size of each channel, (channels,)."""
    return torch.stack([batch.abs().amax(dim=(0, 1)) for batch in batches]).amax(dim=0)


def _factors(inputs: Tensor, layer: nn.Linear) -> Tensor:
    weights = layer.weight.abs().amax(dim=0)
    return (inputs.clamp(min=SMALLEST) / weights.clamp(min=SMALLEST)).sqrt()


def _move(norm: nn.LayerNorm, layer: nn.Linear, inputs: Tensor) -> None:
    factors = _factors(inputs, layer)
    norm.weight.div_(factors)
    norm.bias.div_(factors)
    layer.weight.mul_(factors)


def _move_values(block: Block, values: Tensor) -> None:
    """Attention averages values, so a factor on a channel of theirs goes through it unchanged."""
    factors, dim = _factors(values, block.out), block.out.in_features
    block.qkv.weight[2 * dim :].div_(factors[:, None])
    block.qkv.bias[2 * dim :].div_(factors)
    block.out.weight.mul_(factors)
