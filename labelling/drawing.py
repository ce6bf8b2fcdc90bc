"""On which picture a turn falls: its lane is drawn by its number, then the head of that lane.

The draw is made under the site's secret. It can be told again and cannot be foreseen, and it does
not depend on who takes the turn, so that with many reviewers the order is that of one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

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
from labelling.queue import WINDOW, free_places_for
from labelling.variety import RECENT, Eyes, recently_handed_out

Lane = QueueItem.Lane

LANE_SALT, GOLD_SALT = "labelling.queue.lane", "labelling.queue.gold"
BEGUN_WINDOW = 64  # pictures that others have begun, among which one is looked for
GOLD_WINDOW = 200  # settled pictures among which a silent test is drawn, those settled first


class Head(NamedTuple):
    """A picture at the head of a line. In their order the one that comes sooner is smaller."""

    before: float  # minus the rank
    since: datetime
    image_id: UUID
    why: str


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
        self._eyes = Eyes()
        self._handed_out: list[UUID] = []

    @cached_property
    def _recent(self) -> list[UUID]:
        return recently_handed_out()

    @cached_property
    def _is_asked(self) -> bool:
        """Whether somebody asked this reviewer about a picture by name; seldom."""
        return QueueItem.objects.filter(assigned_to=self._reviewer).exists()

    @cached_property
    def _is_urgent(self) -> bool:
        """Whether anything is urgent; often nothing is."""
        return QueueItem.objects.filter(lane=Lane.URGENT).exists()

    def pick(self, turn: int) -> Pick | None:
        """On what this turn falls; None where nothing waits for this reviewer.

        A draw whose line is empty falls to the main line, and from there to the audit sample. A
        silent test comes only while something else waits.
        """
        drawn = draw_of(turn, self._shares)
        found = self._first_of(dict.fromkeys([drawn, Draw.MAIN, Draw.AUDIT]))
        if found is not None and drawn is Draw.GOLD:
            found = self._test(turn) or found
        if found is not None:
            self._handed_out.append(found.image_id)
        return found

    def _first_of(self, draws: Iterable[Draw]) -> Pick | None:
        """The head of the first line that is not empty; its chance is that of all tried for it."""
        tried = 0.0
        for draw in draws:
            tried += self._shares[draw]
            head = self._head(draw)
            if head is not None:
                return Pick(head.image_id, head.why, tried)
        for head in read_line(self.open().filter(begun=True), 1):
            return Pick(head.image_id, head.why, 1.0)
        return None

    def _test(self, turn: int) -> Pick | None:
        among = list(gold_tests(self._reviewer)[:GOLD_WINDOW])
        if not among:
            return None
        place = int(chance(GOLD_SALT, f"{turn}:{self._reviewer.pk}") * len(among))
        return Pick(among[place], Why.GOLD, self._shares[Draw.GOLD] / len(among))

    def _head(self, draw: Draw) -> Head | None:
        if draw is Draw.AUDIT:
            return next(iter(self._line(Lane.AUDIT, 1)), None)
        if draw is Draw.NOVEL:
            return self._varied(self._novel())
        return self._main() if draw is Draw.MAIN else None

    def _main(self) -> Head | None:
        """What this reviewer was asked about by name, then what is urgent, then the ranked ones."""
        if self._is_asked:
            for head in read_line(self.open().filter(assigned_to=self._reviewer), 1):
                return head._replace(why=Why.ASSIGNED)
        if self._is_urgent:
            for head in read_line(self.open().filter(lane=Lane.URGENT), 1):
                return head
        return self._varied(self._line(Lane.RANKED, WINDOW))

    def _line(self, lane: str, limit: int) -> list[Head]:
        """The head of a lane for this reviewer: what nobody voted on and what others have begun.

        Of the latter so many are looked at that those of this reviewer cannot hold the turn up;
        all of them only where nothing else is left.
        """
        fresh = read_line(self.fresh(lane), limit)
        begun = in_order(QueueItem.objects.filter(lane=lane, begun__in=[True]))
        ids = list(begun.values_list("pk", flat=True)[:BEGUN_WINDOW])
        mine = read_line(self.open().filter(pk__in=ids), limit) if ids else []
        return sorted([*fresh, *mine])[:limit]

    def open(self) -> QuerySet[QueueItem]:
        """All places that this turn could fall on."""
        return free_places_for(self._reviewer)

    def fresh(self, lane: str) -> QuerySet[QueueItem]:
        # Spelled so that SQLite finds it by its index, too.
        return self.open().filter(lane=lane, begun__in=[False])

    def novel(self) -> QuerySet[QueueItem]:
        places = self.open().filter(lane=Lane.RANKED, novelty__isnull=False)
        return places.order_by(F("novelty").desc(), "since", "image_id")

    def _novel(self) -> list[Head]:
        columns = self.novel().values_list("novelty", "since", "image_id")[:WINDOW]
        return [Head(-(novelty or 0), since, image, Why.NOVEL) for novelty, since, image in columns]

    def _varied(self, line: list[Head]) -> Head | None:
        """The first that is no near twin of what was handed out lately."""
        heads = {head.image_id: head for head in line}
        if len(heads) < 2:
            return next(iter(line), None)
        recent = [*reversed(self._handed_out), *self._recent][:RECENT]
        for image_id in self._eyes.varied(list(heads), recent, 1):
            return heads[image_id]
        return None


def in_order(places: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
    return places.order_by(F("rank").desc(), "since", "image_id")


def read_line(places: QuerySet[QueueItem], limit: int) -> list[Head]:
    columns = in_order(places).values_list("rank", "since", "image_id", "why")
    return [Head(-rank, since, image, why) for rank, since, image, why in columns[:limit]]


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
    return tests.order_by("settled_at", "image_id").values_list("image_id", flat=True)
