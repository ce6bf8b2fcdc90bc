"""On which picture a turn falls: its lane is drawn by its number, then the head of that lane.

The draw is made under the site's secret. It can be told again and cannot be foreseen, and it does
not depend on who takes the turn, so that with many reviewers the order is that of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from classifier.queries import production_version
from labelling.chance import chance
from labelling.models import (
    Label,
    QueueItem,
    QueuePolicy,
    Review,
    Showing,
    Submission,
    User,
    Why,
)
from labelling.queue import WINDOW, free, places_for
from labelling.variety import Eyes, recently_handed_out

Lane = QueueItem.Lane

LANE_SALT, GOLD_SALT = "labelling.queue.lane", "labelling.queue.gold"
GOLD_WINDOW = 200  # settled pictures among which a silent test is drawn, those settled first


class Draw(StrEnum):
    """What a turn can be drawn for. ``MAIN`` is what is urgent, then what is ranked."""

    GOLD = "gold"
    AUDIT = "audit"
    NOVEL = "novel"
    MAIN = "main"


@dataclass(frozen=True)
class Pick:
    """A picture, why it is this one's turn, and the chance with which the turn fell on it."""

    image_id: UUID
    why: str
    probability: float


def shares_of(policy: QueuePolicy) -> dict[Draw, float]:
    """The chances of the draws; they sum up to 1. What is drawn goes before the main line.

    Shares that the policy lets sum up to more than 1 leave nothing to the main line.
    """
    drawn = {
        Draw.GOLD: policy.gold_share,
        Draw.AUDIT: policy.audit_share,
        Draw.NOVEL: policy.novel_share,
    }
    scale = max(1.0, sum(drawn.values()))
    shares = {draw: share / scale for draw, share in drawn.items()}
    return {**shares, Draw.MAIN: max(0.0, 1.0 - sum(shares.values()))}


def draw_of(turn: int, shares: Mapping[Draw, float]) -> Draw:
    """What this turn is for, by its number alone."""
    left = chance(LANE_SALT, str(turn))
    for draw, share in shares.items():
        if left < share:
            return draw
        left -= share
    return Draw.MAIN


class Lanes:
    """The heads of the lanes as one reviewer meets them; made for one call, in a locked queue."""

    def __init__(self, reviewer: User, policy: QueuePolicy) -> None:
        self._reviewer = reviewer
        self._shares = shares_of(policy)
        self._eyes = Eyes(production_version())

    def pick(self, turn: int) -> Pick | None:
        """On what this turn falls; None where nothing waits for this reviewer.

        A draw whose lane is empty falls to the main line, and from there to the audit sample. A
        silent test comes only while something else waits.
        """
        heads = self._heads()
        waits = heads[Draw.MAIN] or heads[Draw.AUDIT]
        if waits is None:
            return None
        drawn = draw_of(turn, self._shares)
        tests = gold_tests(self._reviewer)
        if drawn is Draw.GOLD and (among := list(tests[:GOLD_WINDOW])):
            place = int(chance(GOLD_SALT, f"{turn}:{self._reviewer.pk}") * len(among))
            return Pick(among[place], Why.GOLD, self._shares[Draw.GOLD] / len(among))
        if tests.exists():
            del heads[Draw.GOLD]
        image_id, why = heads.get(drawn) or waits
        chances = (self._shares[d] for d, head in heads.items() if (head or waits)[0] == image_id)
        return Pick(image_id, why, sum(chances))

    def _heads(self) -> dict[Draw, tuple[UUID, str] | None]:
        """The picture of each draw and why; the gold one stands for "falls to the main line"."""
        waiting = free(places_for(self._reviewer), self._reviewer)
        recent = recently_handed_out()
        novel = waiting.filter(lane=Lane.RANKED, novelty__isnull=False)
        by_novelty = novel.order_by(F("novelty").desc(), "since", "image")
        return {
            Draw.GOLD: None,
            Draw.AUDIT: _first(_in_order(waiting.filter(lane=Lane.AUDIT))),
            Draw.NOVEL: self._varied(by_novelty, recent, Why.NOVEL),
            Draw.MAIN: _first(_in_order(waiting.filter(assigned_to=self._reviewer)), Why.ASSIGNED)
            or _first(_in_order(waiting.filter(lane=Lane.URGENT)))
            or self._varied(_in_order(waiting.filter(lane=Lane.RANKED)), recent),
        }

    def _varied(
        self, places: QuerySet[QueueItem], recent: list[UUID], why: str | None = None
    ) -> tuple[UUID, str] | None:
        head = dict(places.values_list("image_id", "why")[:WINDOW])
        for image_id in self._eyes.varied(list(head), recent, 1):
            return image_id, why or head[image_id]
        return None


def gold_tests(reviewer: User) -> QuerySet[Label, UUID]:
    """Pictures that measure and that this reviewer has nothing to do with, those settled first.

    They never voted on it, never handed it in, and had it before them for no test yet.
    """
    seen = Showing.objects.filter(image=OuterRef("image"), person=reviewer, why=Why.GOLD)
    voted = Review.objects.filter(image=OuterRef("image"), reviewer=reviewer)
    own = Submission.objects.filter(image=OuterRef("image"), submitter=reviewer)
    tests = Label.objects.filter(
        ~Exists(seen), ~Exists(voted), ~Exists(own), gold=True, image__deleted_at__isnull=True
    )
    return tests.order_by("settled_at", "image").values_list("image_id", flat=True)


def _in_order(places: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
    return places.order_by(F("rank").desc(), "since", "image")


def _first(places: QuerySet[QueueItem], why: str | None = None) -> tuple[UUID, str] | None:
    row = places.values_list("image_id", "why").first()
    return (row[0], why or row[1]) if row else None
