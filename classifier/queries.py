"""Reading the versions."""

from django.db.models import QuerySet

from classifier.models import ModelVersion


def production_version() -> ModelVersion | None:
    """The version that answers, or None before the first one is registered."""
    return ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()


def shadow_version() -> ModelVersion | None:
    """The challenger that judges beside the version that answers, unseen; None most of the time."""
    return ModelVersion.objects.filter(state=ModelVersion.State.SHADOW).first()


def versions_before(live: ModelVersion) -> QuerySet[ModelVersion]:
    """What one can go back to, the latest first: it answered before and was not taken back."""
    return (
        ModelVersion.objects.filter(
            state=ModelVersion.State.ARCHIVED, taken_back="", promoted_at__isnull=False
        )
        .order_by("-promoted_at", "-number")
        .exclude(pk=live.pk)
    )


def taken_back_twin(version: ModelVersion) -> ModelVersion | None:
    """A version with the same network and head that was taken back, if there is one."""
    same = ModelVersion.objects.filter(
        backbone_digest=version.backbone_digest, head_digest=version.head_digest
    )
    return same.exclude(taken_back="").order_by("-promoted_at").first()


def origin_of(version: ModelVersion) -> ModelVersion:
    """The first version with this backbone: the one whose head came with the network."""
    same = ModelVersion.objects.filter(backbone_digest=version.backbone_digest)
    return same.order_by("number").first() or version
