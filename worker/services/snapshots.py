"""Freezing what people have settled, so that every version can show what it learned from."""

from hashlib import sha256
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from classifier.vocabulary import Label as LabelValue
from labelling.models import Label, Review, Submission
from worker.models import DatasetSnapshot, SnapshotItem
from worker.services.manifest import Line, manifest_bytes, manifest_name

__all__ = ["Line", "freeze_snapshot", "manifest_bytes"]

Use = SnapshotItem.Use


def freeze_snapshot() -> DatasetSnapshot:
    """Freeze every settled label. The same labels on the same votes are the same snapshot.

    The manifest is JSON Lines, ordered by sha256, under ``snapshots/<digest>/`` in the storage.
    """
    lines, images = read_lines()
    content = manifest_bytes(lines)
    digest = sha256(content).hexdigest()
    known = DatasetSnapshot.objects.filter(digest=digest).first()
    if known is not None:
        return known
    # The storage replaces a file by the same bytes, so one that a crash left here does no harm.
    name = default_storage.save(manifest_name(digest), ContentFile(content))
    try:
        return create_snapshot(digest, name, lines, images)
    except IntegrityError:  # somebody froze the same labels at the same time
        return DatasetSnapshot.objects.get(digest=digest)


@transaction.atomic
def create_snapshot(
    digest: str, name: str, lines: list[Line], images: dict[str, UUID]
) -> DatasetSnapshot:
    snapshot = DatasetSnapshot.objects.create(
        digest=digest,
        manifest=name,
        ai=sum(line.label == LabelValue.AI for line in lines),
        human=sum(line.label == LabelValue.HUMAN for line in lines),
        gold=sum(line.use == Use.GOLD for line in lines),
    )
    SnapshotItem.objects.bulk_create(
        SnapshotItem(
            snapshot=snapshot,
            image_id=images[line.sha256],
            sha256=line.sha256,
            label=line.label,
            use=line.use,
            why=line.why,
            group=line.group,
            source=line.source,
            review_ids=list(line.review_ids),
        )
        for line in lines
    )
    return snapshot


@transaction.atomic
def read_lines() -> tuple[list[Line], dict[str, UUID]]:
    """Return the manifest's lines in order, and the picture's id for each sha256."""
    votes = standing_votes()
    sources = first_channels()
    labels = Label.objects.order_by("image__sha256").values_list(
        "image_id", "image__sha256", "value", "gold"
    )
    lines, images = [], {}
    for image_id, digest, value, gold in labels:
        agreed = tuple(votes.get((image_id, value), ()))
        use = Use.GOLD if gold else Use.TRAIN
        lines.append(Line(digest, value, use, agreed, digest, sources.get(image_id, "")))
        images[digest] = image_id
    return lines, images


def standing_votes() -> dict[tuple[UUID, str], list[int]]:
    """Ids of the reviews that no retraction names, by picture and answer, in their order."""
    rows = (
        Review.objects.standing()
        .filter(image__label__isnull=False)
        .order_by("id")
        .values_list("image_id", "answer", "id")
    )
    votes: dict[tuple[UUID, str], list[int]] = {}
    for image_id, answer, review_id in rows:
        votes.setdefault((image_id, answer), []).append(review_id)
    return votes


def first_channels() -> dict[UUID, str]:
    """The channel of each labelled picture's first submission."""
    rows = Submission.objects.filter(image__label__isnull=False).order_by("-id")
    return dict(rows.values_list("image_id", "channel"))
