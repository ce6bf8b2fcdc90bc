"""What is trained: a backbone, which gives an embedding and a map, and a linear head on it.

This file knows all backbones, so none of them may know it; what they are is in `backbone`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from torch import Tensor, nn

from classifier.training.backbone import Backbone


class Network(nn.Module):
    """A backbone and a linear head of one output: positive means AI."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(backbone.dropout)
        self.head = nn.Linear(backbone.width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, crops: Tensor) -> Tensor:
        """Return log-odds of AI, (N,)."""
        embedding, _ = self.backbone(crops)
        return self.judged(embedding)

    def judged(self, embedding: Tensor) -> Tensor:
        """Return log-odds of AI, (N,), for embeddings (N, width)."""
        return cast("Tensor", self.head(self.dropout(embedding)).squeeze(1))

    def other_loss(self) -> Tensor | float:
        """What the last batch costs beside its labels; nothing, unless a network adds it."""
        return 0.0


def _lite(name: str, *, residual: bool = False) -> Callable[[str], Backbone]:
    def build(_: str) -> Backbone:
        from classifier.training.lite import LiteBackbone

        return LiteBackbone.pretrained(name, residual=residual)

    return build


def _clip(weights: str) -> Backbone:
    from classifier.training.clip import ClipBackbone

    return ClipBackbone.pretrained(Path(weights))


def _torchvision(name: str) -> Callable[[str], Backbone]:
    def build(_: str) -> Backbone:
        from classifier.training.torchvision_backbone import TorchvisionBackbone

        return TorchvisionBackbone.pretrained(name)

    return build


# Each builds a backbone that starts from pretrained weights, given the file that `weights` names.
BACKBONES: dict[str, Callable[[str], Backbone]] = {
    "efficientnet-lite0": _lite("efficientnet-lite0"),
    "efficientnet-lite2": _lite("efficientnet-lite2"),
    "efficientnet-lite0-residual": _lite("efficientnet-lite0", residual=True),
    "clip-b16": _clip,
    "torchvision-resnet18": _torchvision("resnet18"),
    "torchvision-mobilenet-v3-large": _torchvision("mobilenet_v3_large"),
}
IMAGENET = "ImageNet weights (Apache-2.0)"


def build_network(name: str, weights: str = "") -> Network:
    """Return a network that starts from pretrained weights.

    ``weights`` is the path of their file, for networks whose weights no package brings. Raises
    KeyError for a name that is not in BACKBONES, WeightsMissingError where there are no weights.
    """
    return Network(BACKBONES[name](weights))


def starting_weights(name: str) -> str:
    """Say in words what a network starts from, with its licence."""
    if name.startswith("clip"):
        return "CLIP ViT-B/16's image tower (OpenAI, MIT)"
    return "ImageNet weights (BSD-3-Clause)" if name.startswith("torchvision") else IMAGENET
