"""The life of a version: registered, promoted, rejected. Who may is asked by the rooms above."""

from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from classifier.announcements import announce_on_commit, version_promoted
from classifier.detector.bundle import read_bundle
from classifier.models import ModelVersion
from classifier.serving import registry


def register_version(*, bundle: Path, parent: ModelVersion | None = None) -> ModelVersion:
    """Put a bundle into the registry and give it the next number, as a candidate.

    The same bundle twice is the same version. Raises BundleCorrupt, RegistryUnavailable.
    """
    details = read_bundle(bundle)
    reference = registry().put(bundle, aliases=("latest", "candidate"))
    with transaction.atomic():
        known = ModelVersion.objects.filter(digest=details.digest).first()
        if known is not None:
            return known
        highest = ModelVersion.objects.aggregate(highest=Max("number"))["highest"] or 0
        return ModelVersion.objects.create(
            number=highest + 1,
            digest=details.digest,
            backbone_digest=details.backbone_digest,
            reference=reference,
            parent=parent,
            thresholds=details.thresholds,
            metrics=details.metrics,
        )


@transaction.atomic
def promote_version(*, version: ModelVersion) -> ModelVersion:
    """Let ``version`` answer from now on; the one before it is archived."""
    live = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).exclude(pk=version.pk)
    live.update(state=ModelVersion.State.ARCHIVED)
    version.state = ModelVersion.State.PRODUCTION
    version.promoted_at = timezone.now()
    version.save(update_fields=["state", "promoted_at"])
    announce_on_commit(version_promoted, version_id=version.pk)
    return version


def reject_version(*, version: ModelVersion) -> None:
    """Mark a candidate that the gate refused; it stays in the registry to be looked at."""
    ModelVersion.objects.filter(pk=version.pk, state=ModelVersion.State.CANDIDATE).update(
        state=ModelVersion.State.REJECTED
    )
