"""What is done here when a picture is deleted."""

from uuid import UUID

from django.utils import timezone

from worker.models import SnapshotItem
from worker.services.pictures import picture_cache


def mark_deleted(*, image_id: UUID, sha256: str) -> None:
    """Mark the picture in every snapshot that has it, and forget this machine's copy."""
    items = SnapshotItem.objects.filter(image=image_id, deleted_at__isnull=True)
    items.update(deleted_at=timezone.now())
    picture_cache().forget(sha256)
