"""What is known of the settled pictures that a training may learn from: read at once for all."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from labelling.agreement import SECOND_LOOK_VOTES
from labelling.models import Image, Review, Submission
from worker.models import SnapshotItem
from worker.queries import learned_items

Use = SnapshotItem.Use

NOBODY_KNOWN = "nobody known"


@dataclass(frozen=True)
class Candidate:
    """A settled picture as it stands in the snapshot that is about to be frozen."""

    sha256: str
    image_id: UUID
    label: str
    gold: bool


@dataclass(frozen=True)
class Row:
    """A candidate, its use by its marks alone, and the people behind it.

    ``deciders`` stand by the label, and ``adjudicated`` says whether an adjudicator settled it.
    ``uploader`` handed the picture in first, None for what an
    administrator imported. ``new`` is what no version that went live has learned, as it is now.
    """

    candidate: Candidate
    use: str
    received_at: datetime
    settled_at: datetime
    deciders: frozenset[int]
    adjudicated: bool
    uploader: Hashable | None
    new: bool

    @property
    def alone(self) -> bool:
        """Whether too few people stand by the label for a second look to be over."""
        return not self.adjudicated and len(self.deciders) < SECOND_LOOK_VOTES


def read_rows(candidates: Iterable[Candidate]) -> list[Row]:
    """Read what is known of the candidates, in their order; as many queries for few as for many.

    One whose label was taken back since is left away.
    """
    settled = Image.objects.filter(label__isnull=False).values_list(
        "pk", "audit", "regression_since", "received_at", "label__settled_at"
    )
    pictures = {row[0]: row for row in settled}
    deciders, uploaders, learned = _deciders(), _uploaders(), _learned()
    adjudicated = _adjudicated()
    return [
        Row(
            candidate=one,
            use=_use(one, audit=audit, regression=regression is not None),
            received_at=received_at,
            settled_at=settled_at,
            deciders=frozenset(deciders.get(one.image_id, ())),
            adjudicated=one.image_id in adjudicated,
            uploader=uploaders.get(one.image_id, NOBODY_KNOWN),
            new=(one.sha256, one.label) not in learned,
        )
        for one in candidates
        if one.image_id in pictures
        for _, audit, regression, received_at, settled_at in [pictures[one.image_id]]
    ]


def _use(candidate: Candidate, *, audit: bool, regression: bool) -> str:
    """A picture of the audit sample stays in it, whatever else it is: else chance would be bent."""
    if audit:
        return Use.AUDIT
    if regression:
        return Use.REGRESSION
    return Use.GOLD if candidate.gold else Use.TRAIN


def _deciders() -> dict[UUID, set[int]]:
    """Who says of each settled picture what its label says.

    Where an adjudicator settled it, others may stand by something else.
    """
    votes = Review.objects.deciding().filter(answer=F("image__label__value")).order_by()
    found: dict[UUID, set[int]] = {}
    for image_id, reviewer in votes.values_list("image_id", "reviewer_id"):
        found.setdefault(image_id, set()).add(reviewer)
    return found


def _adjudicated() -> set[UUID]:
    """The pictures that an adjudicator settled."""
    words = Review.objects.deciding().filter(adjudicates=True).order_by()
    return set(words.values_list("image_id", flat=True))


def _uploaders() -> dict[UUID, Hashable | None]:
    """Who handed each settled picture in first; without an account all are one."""
    rows = Submission.objects.filter(image__label__isnull=False).order_by("-id")
    return {
        image_id: None if channel == Submission.Channel.IMPORT else submitter or NOBODY_KNOWN
        for image_id, channel, submitter in rows.values_list("image_id", "channel", "submitter_id")
    }


def _learned() -> set[tuple[str, str]]:
    """What versions that went live were trained on: sha256 and label."""
    return set(learned_items().order_by().values_list("sha256", "label").distinct())
