"""What we do when the rooms below announce something. Importing this module connects it."""

from typing import Any
from uuid import UUID

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from classifier.announcements import version_changed, version_promoted
from classifier.models import ModelVersion, VersionChange
from labelling.announcements import (
    dispute_written,
    image_examined,
    image_received,
    label_settled,
    queue_outdated,
    votes_settled,
)
from labelling.models import Image
from worker.announcements import drift_alerted
from worker.models import WebhookEvent
from worker.services import deletion, inference, policy, rejudging, requeueing
from worker.services.webhooks.events import note_event

Happened = WebhookEvent.Kind


@receiver(image_received)
def send_received(image_id: UUID, **_: Any) -> None:
    inference.send_waiting(image_ids=[image_id])


@receiver(version_promoted)
def send_promoted(version_id: int, **_: Any) -> None:
    rejudging.start_predicting_anew(version_id=version_id)
    requeueing.requeue_after_promotion(version_id=version_id)


@receiver(queue_outdated)
def send_outdated(**_: Any) -> None:
    requeueing.start_requeueing()


@receiver(label_settled)
def ask_policies(**_: Any) -> None:
    policy.ask_soon()


@receiver(drift_alerted)
def note_drift(**_: Any) -> None:
    policy.note_drift()


@receiver(image_examined)
def note_examined(image_id: UUID, **_: Any) -> None:
    failed = Image.objects.filter(pk=image_id, state=Image.State.FAILED).exists()
    note_event(Happened.IMAGE_FAILED if failed else Happened.IMAGE_CLASSIFIED, image_id)


@receiver(votes_settled)
def note_settled(image_id: UUID, **_: Any) -> None:
    note_event(Happened.LABEL_SETTLED, image_id)


@receiver(dispute_written)
def note_dispute(dispute_id: int, **_: Any) -> None:
    note_event(Happened.DISPUTE_OPENED, dispute_id)


@receiver(version_changed)
def note_promotion(change_id: int, **_: Any) -> None:
    promoted = VersionChange.objects.filter(pk=change_id, after=ModelVersion.State.PRODUCTION)
    if promoted.exists():
        note_event(Happened.MODEL_PROMOTED, change_id)


@receiver(pre_delete, sender=Image)
def mark_snapshots(instance: Image, **_: Any) -> None:
    """Whoever deletes the row, and however: the snapshots know."""
    deletion.mark_deleted(image_id=instance.pk, sha256=instance.sha256)
