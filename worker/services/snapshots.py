"""Freezing what people have settled, so that every version can show what it learned from."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier.training.progress import Progress, silent
from classifier.vocabulary import Label as LabelValue
from labelling.models import Image, Label, Review, Submission
from worker.models import DatasetSnapshot, SnapshotItem
from worker.services.manifest import Line, manifest_bytes, manifest_name
from worker.services.screening import Candidate, Screened, screen

__all__ = ["Line", "freeze_snapshot", "manifest_bytes"]


def freeze_snapshot(progress: Progress = silent) -> DatasetSnapshot:
    """Freeze what is settled, each picture with its use, as the screening tells it.

    The same labels on the same votes are the same snapshot. The manifest is JSON Lines, ordered by
    sha256, under ``snapshots/<digest>/`` in the storage.
    """
    settled = read_settled()
    uses = screen([one.candidate for one in settled], progress)
    frozen = [one for one in settled if one.candidate.sha256 in uses]
    lines = [one.line(uses[one.candidate.sha256]) for one in frozen]
    content = manifest_bytes(lines)
    digest = sha256(content).hexdigest()
    known = DatasetSnapshot.objects.filter(digest=digest).first()
    if known is not None:
        return known
    # The storage replaces a file by the same bytes, so one that a crash left here does no harm.
    name = default_storage.save(manifest_name(digest), ContentFile(content))
    images = {one.candidate.sha256: one.candidate.image_id for one in frozen}
    try:
        return create_snapshot(digest, name, lines, images)
    except IntegrityError:  # somebody froze the same labels at the same time
        return DatasetSnapshot.objects.get(digest=digest)


@transaction.atomic
def create_snapshot(
    digest: str, name: str, lines: list[Line], images: dict[str, UUID]
) -> DatasetSnapshot:
    """Write the rows. A picture that was deleted since it was read is marked at once."""
    snapshot = DatasetSnapshot.objects.create(
        digest=digest,
        manifest=name,
        ai=sum(line.label == LabelValue.AI for line in lines),
        human=sum(line.label == LabelValue.HUMAN for line in lines),
        gold=sum(line.use == SnapshotItem.Use.GOLD for line in lines),
    )
    held = Image.objects.select_for_update().filter(pk__in=images.values()).order_by("pk")
    there = set(held.values_list("pk", flat=True))
    SnapshotItem.objects.bulk_create(
        SnapshotItem(
            snapshot=snapshot,
            image_id=images[line.sha256] if images[line.sha256] in there else None,
            deleted_at=None if images[line.sha256] in there else timezone.now(),
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


@dataclass(frozen=True)
class Settled:
    """A settled picture as it was read, before anybody said what it may be used for."""

    candidate: Candidate
    review_ids: tuple[int, ...]
    source: str

    def line(self, found: Screened) -> Line:
        return Line(
            sha256=self.candidate.sha256,
            label=self.candidate.label,
            use=found.use,
            review_ids=self.review_ids,
            group=found.group,
            source=self.source,
            why=found.why,
        )


@transaction.atomic
def read_settled() -> list[Settled]:
    """Return every settled picture with the votes that its label stands on, ordered by sha256."""
    votes, sources = standing_votes(), first_channels()
    labels = Label.objects.order_by("image__sha256").values_list(
        "image__sha256", "image_id", "value", "gold"
    )
    return [
        Settled(
            Candidate(digest, image_id, value, gold),
            tuple(votes.get((image_id, value), ())),
            sources.get(image_id, ""),
        )
        for digest, image_id, value, gold in labels
    ]


def standing_votes() -> dict[tuple[UUID, str], list[int]]:
    """Ids of the reviews that no retraction names, by picture and answer, in their order."""
    rows = (
        Review.objects.counting()
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
