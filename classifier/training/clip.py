"""The first blocks of CLIP's ViT-B/16, read as a network of traces.

What sees few blocks deep still sees texture, and CLIP has seen more kinds of pictures than any
network that can be had with ImageNet's: `docs/adr` tells what the blocks were measured to know.
"""

from collections.abc import Iterable, Mapping
from hashlib import file_digest
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.backbone import Backbone
from classifier.training.weights import (
    FloatArray,
    WeightsMissingError,
    linear_weights,
    stored_weights,
)

DIM, HEADS, NEURONS, PATCH, GRID = 768, 12, 3072, 16, 14
DEPTH, READ, LATE = 6, 3, 2
MEAN, STD = (122.771, 116.746, 104.094), (68.501, 66.632, 70.323)  # of CLIP, for 0 to 255
WEIGHTS_SHA256 = "2d2da5e254d6"
HOW = (
    "Networks of CLIP start from its weights in one ONNX file, which `weights` has to name. "
    "docs/training.md says which file it is and how to get it."
)


class Block(nn.Module):
    """A transformer block; its perceptron may have fewer ``neurons`` than it was born with."""

    def __init__(self, *, dim: int, heads: int, neurons: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.fc1, self.fc2 = nn.Linear(dim, neurons), nn.Linear(neurons, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Take and return (N, T, dim)."""
        tokens = tokens + self.attention(tokens)
        return tokens + self.fc2(self.activations(tokens))

    def attention(self, tokens: Tensor) -> Tensor:
        """Return what attention adds to (N, T, dim)."""
        count, length, dim = tokens.shape
        split = (count, length, 3, self.heads, dim // self.heads)
        query, key, value = self.qkv(self.norm1(tokens)).view(split).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        added: Tensor = self.out(seen.transpose(1, 2).reshape(count, length, dim))
        return added

    def activations(self, tokens: Tensor) -> Tensor:
        """Return the neurons (N, T, neurons) of the perceptron, through CLIP's quick GELU."""
        hidden = self.fc1(self.norm2(tokens))
        activated: Tensor = hidden * torch.sigmoid(1.702 * hidden)
        return activated


class ClipBackbone(Backbone):
    """Gives the patch tokens of its last ``read`` blocks, side by side, as the spatial map."""

    def __init__(
        self,
        *,
        depth: int = DEPTH,
        read: int = READ,
        dim: int = DIM,
        heads: int = HEADS,
        neurons: int = NEURONS,
    ) -> None:
        super().__init__()
        self.read, self.width, self.projection_inputs = read, read * dim, read * dim
        # Crops are patched by hand, so that the exported graph multiplies whole numbers from 0 to
        # 255: those an 8-bit graph keeps exactly.
        self.patch = nn.Linear(3 * PATCH * PATCH, dim)
        self.first = nn.Parameter(torch.zeros(dim))
        self.position = nn.Parameter(torch.zeros(1 + GRID * GRID, dim))
        self.norm = nn.LayerNorm(dim)
        self.blocks = nn.ModuleList(
            Block(dim=dim, heads=heads, neurons=neurons) for _ in range(depth)
        )
        self.projection: nn.Module = nn.Identity()

    @classmethod
    def pretrained(cls, path: Path) -> "ClipBackbone":
        """Start from CLIP's weights in the file at ``path``. Raises WeightsMissingError."""
        if not path.is_file():
            raise WeightsMissingError(HOW)
        with path.open("rb") as file:
            if not file_digest(file, "sha256").hexdigest().startswith(WEIGHTS_SHA256):
                raise WeightsMissingError(f"{path} is not the file that we know. {HOW}")
        backbone = cls()
        backbone.load_state_dict(clip_state(stored_weights(path), linear_weights(path), DEPTH))
        return backbone

    def tokens(self, crops: Tensor) -> Tensor:
        """Return what goes into the first block, (N, 1 + patches, dim), for uint8 (N, H, W, 3)."""
        patches = self.patch(in_patches(crops.float()))
        rows, columns = crops.shape[1] // PATCH, crops.shape[2] // PATCH
        first = self.first.expand(crops.shape[0], 1, -1)
        place = self._places(rows, columns)
        entering: Tensor = self.norm(torch.cat([first, patches], dim=1) + place)
        return entering

    def spatial(self, crops: Tensor) -> Tensor:
        """Take uint8 (N, H, W, 3), return (N, width, H / 16, W / 16)."""
        tokens, seen = self.tokens(crops), []
        for block in self.blocks:
            tokens = block(tokens)
            seen.append(tokens[:, 1:])
        read = self.projection(torch.cat(seen[-self.read :], dim=2)).transpose(1, 2)
        rows, columns = crops.shape[1] // PATCH, crops.shape[2] // PATCH
        spatial: Tensor = read.reshape(crops.shape[0], self.width, rows, columns)
        return spatial

    def project(self, weight: Tensor, bias: Tensor) -> None:
        """From now on give ``weight`` (width, read × dim) times what was read, plus ``bias``."""
        self.make_room_for_projection(len(weight))
        self.projection.load_state_dict({"weight": weight, "bias": bias})

    def late_layers(self) -> Iterable[nn.Parameter]:
        """The last blocks: the first ones see edges and noise, which stay what they are."""
        return self.blocks[-LATE:].parameters()

    def make_room_for_projection(self, width: int) -> None:
        """Add a last linear layer of ``width`` numbers, whose weights are still to come."""
        self.projection = nn.Linear(self.projection_inputs, width)
        self.width = width

    def _places(self, rows: int, columns: int) -> Tensor:
        """Return the learned places, stretched for crops that are not 224 pixels square."""
        if (rows, columns) == (GRID, GRID):
            return self.position
        grid = self.position[1:].T.reshape(1, -1, GRID, GRID)
        grid = functional.interpolate(grid, (rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([self.position[:1], grid[0].flatten(1).T])


def in_patches(pixels: Tensor) -> Tensor:
    """Cut (N, H, W, 3) into (N, patches, 16 × 16 × 3), row by row; what is left over is dropped."""
    count, rows, columns = pixels.shape[0], pixels.shape[1] // PATCH, pixels.shape[2] // PATCH
    pixels = pixels[:, : rows * PATCH, : columns * PATCH]
    cut = pixels.reshape(count, rows, PATCH, columns, PATCH, 3).permute(0, 1, 3, 2, 4, 5)
    return cut.reshape(count, rows * columns, PATCH * PATCH * 3)


def clip_state(
    stored: Mapping[str, FloatArray], linear: Mapping[str, FloatArray], depth: int
) -> dict[str, Tensor]:
    """Return our state dict for the tensors of CLIP's vision tower as Hugging Face names them."""
    theirs = {name.removeprefix("vision_model."): torch.tensor(v) for name, v in stored.items()}
    weights = {name.removeprefix("vision_model."): torch.tensor(v) for name, v in linear.items()}
    state = {
        "first": theirs["embeddings.class_embedding"],
        "position": theirs["embeddings.position_embedding.weight"],
        "norm.weight": theirs["pre_layrnorm.weight"],
        "norm.bias": theirs["pre_layrnorm.bias"],
        **_patch_state(theirs["embeddings.patch_embedding.weight"]),
    }
    for number in range(depth):
        state |= _block_state(theirs, weights, f"encoder.layers.{number}", f"blocks.{number}")
    return state


def _patch_state(convolution: Tensor) -> dict[str, Tensor]:
    """Fold the normalisation (x - mean) / std into the patch embedding, (dim, 3, 16, 16)."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    weight = convolution / std
    bias = -(weight * mean).sum(dim=(1, 2, 3))
    return {"patch.weight": weight.permute(0, 2, 3, 1).flatten(1), "patch.bias": bias}


def _block_state(
    theirs: Mapping[str, Tensor], weights: Mapping[str, Tensor], their: str, our: str
) -> dict[str, Tensor]:
    parts = {"norm1": "layer_norm1", "norm2": "layer_norm2"}
    state = {
        f"{our}.{ours}.{kind}": theirs[f"{their}.{name}.{kind}"]
        for ours, name in parts.items()
        for kind in ("weight", "bias")
    }
    for ours, name in {"out": "self_attn.out_proj", "fc1": "mlp.fc1", "fc2": "mlp.fc2"}.items():
        state[f"{our}.{ours}.weight"] = weights[f"{their}.{name}"]
        state[f"{our}.{ours}.bias"] = theirs[f"{their}.{name}.bias"]
    names = [f"{their}.self_attn.{part}_proj" for part in "qkv"]
    state[f"{our}.qkv.weight"] = torch.cat([weights[name] for name in names])
    state[f"{our}.qkv.bias"] = torch.cat([theirs[f"{name}.bias"] for name in names])
    return state
