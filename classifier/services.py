"""The life of a version: registered, put in shadow, promoted, rejected, taken back.

Each step is written down with who did it and why. Who may is asked by the rooms above.
"""

import logging
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from classifier.announcements import announce_on_commit, version_changed, version_promoted
from classifier.detector.bundle import HEAD, Bundle, read_bundle, sha256_of, shipped_bundle_path
from classifier.errors import AivhError, WrongState
from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version
from classifier.serving import registry

log = logging.getLogger(__name__)

State = ModelVersion.State

# From where a version may be moved to where. What is rejected can be sent on by a person.
MOVES = {
    State.CANDIDATE: {State.SHADOW, State.PRODUCTION, State.REJECTED},
    State.SHADOW: {State.PRODUCTION, State.REJECTED},
    State.PRODUCTION: {State.ARCHIVED},
    State.ARCHIVED: {State.PRODUCTION},
    State.REJECTED: {State.SHADOW, State.PRODUCTION},
}


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
    hold_versions()
    known = ModelVersion.objects.filter(digest=bundle.digest).first()
    if known is not None:
        return known
    highest = ModelVersion.objects.aggregate(highest=Max("number"))["highest"] or 0
    version = ModelVersion.objects.create(
        number=highest + 1,
        digest=bundle.digest,
        backbone_digest=bundle.backbone_digest,
        head_digest=sha256_of(bundle.path / HEAD),
        reference=reference,
        parent=parent,
        thresholds=bundle.thresholds.to_dict(),
        metrics=bundle.metrics,
    )
    _write_down(version, before="", by="", reason="It was registered.")
    return version


def hold_versions() -> None:
    """Let whoever else moves versions wait until this transaction ends.

    The first version's row stands for all of them. What one decides upon is read after this.
    """
    list(ModelVersion.objects.select_for_update().order_by("pk")[:1])


@transaction.atomic
def promote_version(
    *,
    version: ModelVersion,
    by: str = "",
    reason: str = "It was promoted.",
    taking_back: bool = False,
) -> ModelVersion:
    """Let ``version`` answer from now on; the one before it is archived.

    ``taking_back`` marks the one before: nothing promotes it again by itself. Does nothing where
    ``version`` answers already. Raises WrongState.
    """
    hold_versions()
    version.refresh_from_db()
    if version.state == State.PRODUCTION:
        return version
    live = production_version()
    if live is not None:
        live.taken_back = reason[:500] if taking_back else ""
        _move(live, State.ARCHIVED, by=by, reason=_after(version, reason, taking_back))
    version.promoted_at, version.taken_back = timezone.now(), ""
    _move(version, State.PRODUCTION, by=by, reason=reason)
    announce_on_commit(version_promoted, version_id=version.pk)
    transaction.on_commit(partial(point_alias, version.reference, "production"), robust=True)
    return version


def _after(successor: ModelVersion, reason: str, taking_back: bool) -> str:
    if taking_back:
        return f"It was taken back; version {successor.number} answers. {reason}"
    return f"Version {successor.number} answers in its place."


def point_alias(reference: str, alias: str) -> None:
    """Tell the registry where a bundle stands. The database decides; the alias follows it."""
    try:
        registry().alias(reference, alias)
    except AivhError as error:
        log.warning("The registry's alias `%s` was not moved: %s", alias, error.message)


def drop_alias(reference: str, alias: str) -> None:
    try:
        registry().unalias(reference, alias)
    except AivhError as error:
        log.warning("The registry's alias `%s` was not dropped: %s", alias, error.message)


@transaction.atomic
def put_in_shadow(*, version: ModelVersion, by: str = "", reason: str) -> ModelVersion:
    """Let ``version`` judge beside the one that answers, unseen. There is one at a time.

    Raises WrongState, also while another version is in shadow.
    """
    hold_versions()
    version.refresh_from_db()
    other = ModelVersion.objects.filter(state=State.SHADOW).exclude(pk=version.pk).first()
    if other is not None:
        raise WrongState(f"Version {other.number} is in shadow already.")
    transaction.on_commit(partial(point_alias, version.reference, "shadow"), robust=True)
    return _move(version, State.SHADOW, by=by, reason=reason)


@transaction.atomic
def reject_version(
    *, version: ModelVersion, by: str = "", reason: str = "It was rejected."
) -> ModelVersion:
    """Mark a candidate, or a version in shadow, that shall not answer; its bundle stays.

    A version that answers, or once did, is left as it is.
    """
    hold_versions()
    version.refresh_from_db()
    if version.state in (State.CANDIDATE, State.SHADOW):
        _move(version, State.REJECTED, by=by, reason=reason)
    return version


def _move(version: ModelVersion, to: str, *, by: str, reason: str) -> ModelVersion:
    """Change the state of a version that was read while all are held, and write it down."""
    before = version.state
    if to not in MOVES[State(before)]:
        raise WrongState(f"Version {version.number} is {before} and cannot be made {to}.")
    if before == State.SHADOW:
        transaction.on_commit(partial(drop_alias, version.reference, "shadow"), robust=True)
    version.state = State(to)
    version.save(update_fields=["state", "promoted_at", "taken_back"])
    _write_down(version, before=before, by=by, reason=reason)
    return version


def _write_down(version: ModelVersion, *, before: str, by: str, reason: str) -> None:
    change = VersionChange.objects.create(
        version=version, before=before, after=version.state, by=by, reason=reason[:500]
    )
    version_changed.send(sender=None, change_id=change.pk)


def ensure_shipped_version() -> None:
    """Let the bundle that comes with the project answer, where no version is known yet.

    Does nothing where the bundle is not there: the site then says that no model is loaded.
    """
    if shipped_bundle_path().is_dir() and not ModelVersion.objects.exists():
        version = register_version(bundle=shipped_bundle_path())
        promote_version(version=version, reason="It came with the project.")
