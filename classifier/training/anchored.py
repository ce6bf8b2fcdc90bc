"""A network that learns on without leaving the one that it came from."""

from typing import cast

import torch
from torch import Tensor, nn

from classifier.detector.decision import Head
from classifier.training.backbone import Backbone
from classifier.training.network import Network

STILL = (nn.modules.batchnorm._BatchNorm, nn.Dropout)


class Anchored(Network):
    """Late layers learn; how far each crop's embedding moves is part of the loss.

    What the parent has learned is known by embeddings alone, whose pictures are gone: they stay
    true only as long as the new network sees what the old one saw. ``spread`` (width,) is how far
    each number of an embedding varies from picture to picture, so that a distance of one is as far
    as from one picture to another. ``pull`` is what such a distance costs.
    """

    def __init__(
        self, backbone: Backbone, parent: Backbone, head: Head, *, spread: Tensor, pull: float
    ) -> None:
        super().__init__(backbone)
        # In a tuple it is no part of the network: neither saved nor averaged nor trained.
        self._parent = (parent.eval().requires_grad_(False),)
        self._spread, self._pull = spread, pull
        self._moved = torch.zeros(())
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(head.weight)[None])
            self.head.bias.fill_(head.bias)
        backbone.requires_grad_(False)
        for parameter in backbone.late_layers():
            parameter.requires_grad_(True)

    def train(self, mode: bool = True) -> "Anchored":
        """Learn with the running statistics as they are: a few pictures cannot tell better ones."""
        super().train(mode)
        for module in self.backbone.modules():
            if isinstance(module, STILL):
                module.eval()
        return self

    def forward(self, crops: Tensor) -> Tensor:
        """Return log-odds of AI, (N,); while it learns, note how far (N,) crops have moved."""
        embedding, _ = self.backbone(crops)
        if self.training:
            self._moved = self._distance(embedding, crops)
        return self.judged(embedding)

    def other_loss(self) -> Tensor:
        return self._pull * self._moved

    def _distance(self, embedding: Tensor, crops: Tensor) -> Tensor:
        """The mean over crops and numbers of the squared distance from the parent's embedding."""
        (parent,) = self._parent
        with torch.no_grad():
            known, _ = parent.to(crops.device)(crops)
        spread = self._spread.to(crops.device)
        return cast("Tensor", ((embedding - known) / spread).pow(2).mean())
