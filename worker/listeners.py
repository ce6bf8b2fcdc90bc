"""What we do when the rooms below announce something. Importing this module connects it."""

from typing import Any
from uuid import UUID

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from classifier.announcements import version_promoted
from labelling.announcements import image_received, label_settled, queue_outdated
from labelling.models import Image
from worker.announcements import drift_alerted
from worker.services import deletion, inference, policy, rejudging, requeueing


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


@receiver(pre_delete, sender=Image)
def mark_snapshots(instance: Image, **_: Any) -> None:
    """Whoever deletes the row, and however: the snapshots know."""
    deletion.mark_deleted(image_id=instance.pk, sha256=instance.sha256)
