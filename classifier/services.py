"""The life of a version: registered, promoted, rejected. Who may is asked by the rooms above."""

import logging
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from classifier.announcements import announce_on_commit, version_promoted
from classifier.detector.bundle import Bundle, read_bundle, shipped_bundle_path
from classifier.errors import AivhError
from classifier.models import ModelVersion
from classifier.serving import registry

log = logging.getLogger(__name__)


def register_version(*, bundle: Path, parent: ModelVersion | None = None) -> ModelVersion:
    """Put a bundle into the registry and give it the next number, as a candidate.

    The same bundle twice is the same version. Raises BundleCorrupt, RegistryUnavailable.
    """
    reference = registry().put(bundle, aliases=("candidate",))
    return record_version(bundle=read_bundle(bundle), reference=reference, parent=parent)


@transaction.atomic
def record_version(
    *, bundle: Bundle, reference: str, parent: ModelVersion | None = None
) -> ModelVersion:
    """Write down a bundle that the registry keeps; only the database is touched."""
    known = ModelVersion.objects.filter(digest=bundle.digest).first()
    if known is not None:
        return known
    highest = ModelVersion.objects.aggregate(highest=Max("number"))["highest"] or 0
    return ModelVersion.objects.create(
        number=highest + 1,
        digest=bundle.digest,
        backbone_digest=bundle.backbone_digest,
        reference=reference,
        parent=parent,
        thresholds=bundle.thresholds.to_dict(),
        metrics=bundle.metrics,
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
    transaction.on_commit(partial(point_production, version.reference), robust=True)
    return version


def point_production(reference: str) -> None:
    """Tell the registry which bundle is live. The database decides; the alias follows it."""
    try:
        registry().alias(reference, "production")
    except AivhError as error:
        log.warning("The registry's alias `production` was not moved: %s", error.message)


def reject_version(*, version: ModelVersion) -> None:
    """Mark a candidate that the gate refused; it stays in the registry to be looked at."""
    ModelVersion.objects.filter(pk=version.pk, state=ModelVersion.State.CANDIDATE).update(
        state=ModelVersion.State.REJECTED
    )


def ensure_shipped_version() -> None:
    """Let the bundle that comes with the project answer, where no version is known yet.

    Does nothing where the bundle is not there: the site then says that no model is loaded.
    """
    if shipped_bundle_path().is_dir() and not ModelVersion.objects.exists():
        promote_version(version=register_version(bundle=shipped_bundle_path()))
