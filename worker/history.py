"""What this room knows of a picture's life: the snapshots that used it."""

from collections.abc import Iterator

from labelling.history import NEWEST, Event, Reader, history_source
from labelling.models import Image
from worker.models import SnapshotItem

Use = SnapshotItem.Use
USED = {
    Use.TRAIN: "Learned from, in snapshot",
    Use.GOLD: "Measured with, in snapshot",
    Use.AUDIT: "Measured with as an audit sample, in snapshot",
    Use.REGRESSION: "Measured with as a regression, in snapshot",
    Use.LEFT_OUT: "Left out of snapshot",
}


@history_source
def snapshots(image: Image, reader: Reader) -> Iterator[Event]:
    """That a snapshot used it says that it was settled, so it shows with the votes alone."""
    if not (reader.works and reader.votes):
        return
    rows = SnapshotItem.objects.filter(sha256=image.sha256).select_related("snapshot")
    for row in rows.order_by("-snapshot__created_at")[:NEWEST]:
        yield Event(
            at=row.snapshot.created_at,
            kind="used",
            words=f"{USED[Use(row.use)]} {row.snapshot.digest[:8]}",
            answer=row.label,
            note=row.why,
            url=row.snapshot.get_absolute_url(),
        )
