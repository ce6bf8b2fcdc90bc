"""How much people have settled since the detector last learned."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from classifier.vocabulary import Label as LabelValue
from labelling.models import Label
from worker.models import SnapshotItem, TrainingRun

State = TrainingRun.State
UNLEARNED = (*TrainingRun.ACTIVE, State.FAILED, State.CANCELLED)
MEASURED = (SnapshotItem.Use.GOLD, SnapshotItem.Use.AUDIT, SnapshotItem.Use.REGRESSION)


def count_new_labels() -> int:
    """Settled labels to learn from that the last finished training has not seen as they are now."""
    return new_labels().count()


def count_by_class(since: datetime | None = None) -> dict[LabelValue, int]:
    """The same by class; only those settled after ``since``, if you name a moment."""
    labels = new_labels()
    if since is not None:
        labels = labels.filter(settled_at__gt=since)
    rows = dict(labels.values_list("value").annotate(n=Count("pk")))
    return {value: rows.get(value, 0) for value in LabelValue}


def new_labels() -> QuerySet[Label]:
    """Those labels. What measures (gold, audit, regression) never trains and does not count.

    A label that was turned around since counts again.
    """
    labels = Label.objects.filter(
        gold=False, image__audit=False, image__regression_since__isnull=True
    )
    # One that was skipped with a snapshot had looked at every label and left all of them out.
    looked = TrainingRun.objects.exclude(state__in=UNLEARNED).filter(snapshot__isnull=False)
    last = looked.order_by("-finished_at").first()
    if last is None:
        return labels
    seen = SnapshotItem.objects.filter(snapshot=last.snapshot_id, label=OuterRef("value")).exclude(
        use__in=MEASURED
    )
    # By sha256, because a picture that was deleted and came again is the same one. By picture
    # first, because that needs labels and items alone: of a million pictures none is read then
    # but those that are left.
    known = Exists(seen.filter(image=OuterRef("image")))
    return labels.filter(~known, ~Exists(seen.filter(sha256=OuterRef("image__sha256"))))
