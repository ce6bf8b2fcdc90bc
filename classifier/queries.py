"""Reading the versions."""

from classifier.models import ModelVersion


def production_version() -> ModelVersion | None:
    """The version that answers, or None before the first one is registered."""
    return ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()


def origin_of(version: ModelVersion) -> ModelVersion:
    """The first version with this backbone: the one whose head came with the network."""
    same = ModelVersion.objects.filter(backbone_digest=version.backbone_digest)
    return same.order_by("number").first() or version
