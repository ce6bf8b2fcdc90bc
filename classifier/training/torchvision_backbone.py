"""Backbones of torchvision; their weights are downloaded from its makers when first used."""

import torch
from torch import Tensor, nn

from classifier.training.backbone import Backbone
from classifier.training.weights import WeightsMissingError

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_declared: list[torch.library.Library] = []  # a declaration lasts as long as its library object


def import_torchvision() -> None:
    """Import torchvision, also where its compiled operators do not fit the installed torch.

    A CPU build of torch beside a torchvision that was built for CUDA lacks two operators, and
    `import torchvision` fails over registering their shapes. We use neither. Where torchvision is
    whole nothing is declared.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        _declare_missing_operators()
        import torchvision  # noqa: F401


def _declare_missing_operators() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name, schema in SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + schema)  # type: ignore[no-untyped-call]
    _declared.append(library)


class TorchvisionBackbone(Backbone):
    """The convolutional part of a torchvision classifier."""

    mean: Tensor
    std: Tensor

    def __init__(self, features: nn.Module, width: int) -> None:
        super().__init__()
        self.features = features
        self.width = width
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def pretrained(cls, name: str) -> "TorchvisionBackbone":
        """Start from torchvision's own weights. Raises WeightsMissingError without a network."""
        import_torchvision()
        from torchvision import models

        try:
            model = models.get_model(name, weights="DEFAULT")
        except (OSError, RuntimeError) as error:  # no network, or half a file
            raise WeightsMissingError(
                f"The weights of torchvision's {name} could not be downloaded ({error}). They are "
                "fetched once from download.pytorch.org and kept in torch's cache."
            ) from error
        return cls.of(model)

    @classmethod
    def of(cls, model: nn.Module) -> "TorchvisionBackbone":
        """Take all but the last pooling and classifier of a torchvision model."""
        children = dict(model.named_children())
        layers = [part for name, part in children.items() if name not in ("avgpool", "fc")]
        features = children.get("features") or nn.Sequential(*layers)
        with torch.no_grad():
            width = features.eval()(torch.zeros(1, 3, 64, 64)).shape[1]
        return cls(features, int(width))

    def spatial(self, crops: Tensor) -> Tensor:
        """Take uint8 (N, H, W, 3), return (N, width, H / 32, W / 32)."""
        result: Tensor = self.features((crops.permute(0, 3, 1, 2).float() - self.mean) / self.std)
        return result
