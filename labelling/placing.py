"""Which place a picture has in the queue, by what is known of it. Pure: facts in, a place out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classifier.vocabulary import Verdict
from labelling.agreement import UNSURE
from labelling.audit import place_by_chance
from labelling.models import QueueItem, Why

Lane = QueueItem.Lane

# Urgent ones by kind; within a kind those whose answer teaches most come first.
DISPUTED, DOUBTED, CONTRADICTED, CHALLENGED = 4.0, 3.0, 2.0, 1.0
WITHIN = 0.9  # what a priority of 1 adds: less than to the next kind
UNJUDGED = -1.0  # below everything that was judged


@dataclass(frozen=True)
class Vote:
    """A counting vote and when it was given."""

    answer: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """What decides on one picture's place.

    ``shown`` is false for what failed or lies in the bin, ``settled`` true for what has a label
    or is unusable. ``verdict``, ``priority`` and ``novelty`` are those of the version that
    answers, else of the newest that spoke. ``for_ai`` and ``for_human`` say that the file holds
    evidence which counts against the other verdict.
    """

    shown: bool
    settled: bool
    audit: bool
    sha256: str
    received_at: datetime
    disputed_at: datetime | None = None
    doubted_at: datetime | None = None
    challenged_at: datetime | None = None
    flagged_at: datetime | None = None
    verdict: str | None = None
    priority: float | None = None
    novelty: float | None = None
    for_ai: bool = False
    for_human: bool = False
    votes: Sequence[Vote] = ()

    @property
    def contradicted(self) -> bool:
        return (self.for_ai and self.verdict == Verdict.HUMAN) or (
            self.for_human and self.verdict == Verdict.AI
        )


@dataclass(frozen=True)
class Place:
    """The columns of a ``QueueItem`` that follow from the facts."""

    lane: str
    why: str
    rank: float
    since: datetime
    novelty: float | None = None
    begun: bool = False


def place_of(facts: Facts, *, unsure_wanted: int) -> Place | None:
    """The picture's place; None where nobody is wanted for it.

    A flag brings even a settled picture before an adjudicator. The audit sample keeps its place
    by chance whatever anyone's score says; only a person's word (a dispute, a doubt) goes before.
    """
    if not facts.shown or (facts.settled and facts.flagged_at is None):
        return None
    adjudicated_since = _adjudicated_since(facts, unsure_wanted)
    if adjudicated_since is not None:
        rank = 1.0 if facts.disputed_at else 0.0
        return Place(Lane.ADJUDICATION, Why.ADJUDICATED, rank, adjudicated_since)
    place = _asked_place(facts)
    return replace(place, begun=True, novelty=None) if facts.votes else place


def _asked_place(facts: Facts) -> Place:
    """The place of what reviewers are asked about."""
    if facts.disputed_at is not None:
        return Place(Lane.URGENT, Why.DISPUTED, DISPUTED, facts.disputed_at)
    if facts.doubted_at is not None:
        return Place(Lane.URGENT, Why.DOUBTED, DOUBTED, facts.doubted_at)
    if facts.audit:
        rank = place_by_chance(facts.sha256)
        return Place(Lane.AUDIT, Why.AUDIT, rank, facts.received_at)
    return _by_score(facts)


def _by_score(facts: Facts) -> Place:
    if facts.priority is None:
        return Place(Lane.RANKED, Why.UNJUDGED, UNJUDGED, facts.received_at)
    more = WITHIN * min(facts.priority, 1.0)
    if facts.contradicted:
        return Place(Lane.URGENT, Why.CONTRADICTED, CONTRADICTED + more, facts.received_at)
    if facts.challenged_at is not None:
        return Place(Lane.URGENT, Why.CHALLENGED, CHALLENGED + more, facts.received_at)
    return Place(Lane.RANKED, Why.UNCERTAIN, facts.priority, facts.received_at, facts.novelty)


def _adjudicated_since(facts: Facts, unsure_wanted: int) -> datetime | None:
    """Since when an adjudicator is wanted: for a flag, a disagreement, or too many unsure."""
    if facts.flagged_at is not None:
        return facts.flagged_at
    decided = [vote for vote in facts.votes if vote.answer != UNSURE]
    unsure = [vote for vote in facts.votes if vote.answer == UNSURE]
    if len({vote.answer for vote in decided}) > 1:
        return max(vote.at for vote in decided)
    return max(vote.at for vote in unsure) if len(unsure) >= unsure_wanted else None
