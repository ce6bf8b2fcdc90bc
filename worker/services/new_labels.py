"""How much people have settled since the detector last learned."""

from django.db.models import Exists, OuterRef

from labelling.models import Label
from worker.models import SnapshotItem, TrainingRun

LEARNED = (TrainingRun.State.PROMOTED, TrainingRun.State.REJECTED)


def count_new_labels() -> int:
    """Settled labels to learn from that the last finished training has not seen as they are now.

    Gold labels measure and never train, so they do not count; a label that was turned around
    since does.
    """
    labels = Label.objects.filter(gold=False)
    last = TrainingRun.objects.filter(state__in=LEARNED).order_by("-finished_at").first()
    if last is None:
        return labels.count()
    seen = SnapshotItem.objects.filter(
        snapshot=last.snapshot_id, image=OuterRef("image"), label=OuterRef("value")
    ).exclude(use=SnapshotItem.Use.GOLD)
    return labels.filter(~Exists(seen)).count()
