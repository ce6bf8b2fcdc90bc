"""What we do when the detector's room announces something. Importing this module connects it."""

from typing import Any

from django.dispatch import receiver

from classifier.announcements import version_changed
from classifier.models import ModelVersion, VersionChange
from labelling.services.audit_log import write_entry

State = ModelVersion.State

MOVES = {
    State.CANDIDATE.value: "model.registered",
    State.SHADOW.value: "model.shadowed",
    State.PRODUCTION.value: "model.promoted",
    State.ARCHIVED.value: "model.archived",
    State.REJECTED.value: "model.rejected",
}


@receiver(version_changed)
def note_version_changed(change_id: int, **_: Any) -> None:
    """Each move of a version is in the audit log, in the transaction that moves it."""
    change = VersionChange.objects.select_related("version").get(pk=change_id)
    write_entry(
        action=MOVES[change.after],
        subject=f"version:{change.version.number}",
        by=change.by,
        before=change.before,
        reason=change.reason,
        digest=change.version.digest,
    )
