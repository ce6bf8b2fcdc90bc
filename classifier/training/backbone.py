"""What every backbone is: the part of a network that reads a crop, without the head on it."""

from collections.abc import Iterable

from torch import Tensor, nn


class Backbone(nn.Module):
    """Crops in, embeddings and spatial maps out. ``width`` is how many numbers each has.

    ``dropout`` is the share of an embedding that a head does not see while it learns.
    """

    width: int
    dropout = 0.2

    def spatial(self, crops: Tensor) -> Tensor:
        """Take uint8 (N, H, W, 3), return (N, width, h, w)."""
        raise NotImplementedError

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embedding (N, width), which is the mean of the spatial map, and the map."""
        spatial = self.spatial(crops)
        return spatial.mean(dim=(2, 3)), spatial

    def project(self, weight: Tensor, bias: Tensor) -> None:
        """From now on give ``weight`` (to, width) times each place of the map, plus ``bias``."""
        raise NotImplementedError

    def late_layers(self) -> Iterable[nn.Parameter]:
        """What learns where a trained network is to change a little: all of it, if it is small."""
        return self.parameters()
