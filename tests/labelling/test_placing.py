"""Which place a picture has by what is known of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labelling.audit import place_by_chance
from labelling.models import QueueItem, Why
from labelling.placing import Facts, Place, Vote, place_of

Lane = QueueItem.Lane
BY_CHANCE = None  # follows from the picture and the site's secret
CAME = datetime(2026, 1, 1, tzinfo=UTC)
LATER, LAST = CAME + timedelta(days=1), CAME + timedelta(days=2)
OPEN = Facts(
    shown=True,
    settled=False,
    audit=False,
    sha256="a" * 64,
    received_at=CAME,
    verdict="human",
    priority=0.5,
    novelty=0.7,
)
UNSURE, AI, HUMAN = Vote("unsure", CAME), Vote("ai", LATER), Vote("human", LAST)


def placed(unsure_wanted: int = 2, **changes: Any) -> Place | None:
    return place_of(replace(OPEN, **changes), unsure_wanted=unsure_wanted)


@pytest.mark.parametrize(
    ("changes", "lane", "why", "rank", "since"),
    [
        ({}, Lane.RANKED, Why.UNCERTAIN, 0.5, CAME),
        ({"priority": None, "verdict": None}, Lane.RANKED, Why.UNJUDGED, -1.0, CAME),
        ({"audit": True}, Lane.AUDIT, Why.AUDIT, BY_CHANCE, CAME),
        ({"disputed_at": LATER}, Lane.URGENT, Why.DISPUTED, 4.0, LATER),
        ({"doubted_at": LATER}, Lane.URGENT, Why.DOUBTED, 3.0, LATER),
        ({"for_ai": True}, Lane.URGENT, Why.CONTRADICTED, 2.45, CAME),
        ({"for_human": True, "verdict": "ai"}, Lane.URGENT, Why.CONTRADICTED, 2.45, CAME),
        ({"for_human": True}, Lane.RANKED, Why.UNCERTAIN, 0.5, CAME),
        ({"for_ai": True, "verdict": "uncertain"}, Lane.RANKED, Why.UNCERTAIN, 0.5, CAME),
        ({"challenged_at": LATER}, Lane.URGENT, Why.CHALLENGED, 1.45, CAME),
        # The one with the better claim wins.
        ({"disputed_at": LAST, "doubted_at": CAME}, Lane.URGENT, Why.DISPUTED, 4.0, LAST),
        ({"for_ai": True, "challenged_at": CAME}, Lane.URGENT, Why.CONTRADICTED, 2.45, CAME),
        # A score never moves the sample, a person does.
        (
            {"audit": True, "for_ai": True, "challenged_at": CAME},
            Lane.AUDIT,
            Why.AUDIT,
            BY_CHANCE,
            CAME,
        ),
        ({"audit": True, "disputed_at": LATER}, Lane.URGENT, Why.DISPUTED, 4.0, LATER),
        ({"flagged_at": LATER}, Lane.ADJUDICATION, Why.ADJUDICATED, 0.0, LATER),
        ({"flagged_at": LATER, "settled": True}, Lane.ADJUDICATION, Why.ADJUDICATED, 0.0, LATER),
        ({"votes": [AI, HUMAN]}, Lane.ADJUDICATION, Why.ADJUDICATED, 0.0, LAST),
        ({"votes": [AI, Vote("unusable", LAST)]}, Lane.ADJUDICATION, Why.ADJUDICATED, 0.0, LAST),
        ({"votes": [UNSURE, UNSURE]}, Lane.ADJUDICATION, Why.ADJUDICATED, 0.0, CAME),
        (
            {"votes": [AI, HUMAN], "disputed_at": CAME},
            Lane.ADJUDICATION,
            Why.ADJUDICATED,
            1.0,
            LAST,
        ),
    ],
)
def test_the_place_follows_from_the_facts(
    changes: dict[str, Any], lane: str, why: str, rank: float | None, since: datetime
) -> None:
    place = placed(**changes)

    assert place is not None
    assert (place.lane, place.why, place.since) == (lane, why, since)
    assert place.rank == pytest.approx(place_by_chance("a" * 64) if rank is BY_CHANCE else rank)


@pytest.mark.parametrize("changes", [{"shown": False}, {"settled": True}])
def test_what_is_not_open_has_no_place(changes: dict[str, Any]) -> None:
    assert placed(**changes) is None


def test_what_cannot_be_shown_is_not_before_adjudicators_either() -> None:
    assert placed(shown=False, flagged_at=LATER, votes=[AI, HUMAN]) is None


def test_only_what_is_ranked_is_looked_for_by_novelty() -> None:
    assert placed() == Place(Lane.RANKED, Why.UNCERTAIN, 0.5, CAME, 0.7)
    for changes in (
        {"audit": True},
        {"for_ai": True},
        {"priority": None},
        {"flagged_at": CAME},
        {"votes": [UNSURE]},
    ):
        place = placed(**changes)
        assert place is not None
        assert place.novelty is None


@pytest.mark.parametrize(
    ("votes", "begun"), [([], False), ([UNSURE], True), ([AI], True), ([AI, AI], True)]
)
def test_whoever_voted_has_begun_it(votes: list[Vote], begun: bool) -> None:
    place = placed(votes=votes)
    assert place is not None
    assert (place.lane, place.begun) == (Lane.RANKED, begun)


def test_how_many_may_be_unsure_says_the_policy() -> None:
    one, three = placed(unsure_wanted=1, votes=[UNSURE]), placed(3, votes=[UNSURE, UNSURE])
    assert one is not None
    assert three is not None
    assert (one.lane, three.lane) == (Lane.ADJUDICATION, Lane.RANKED)


def test_within_a_kind_of_urgency_priority_counts_and_never_reaches_the_next_kind() -> None:
    for priority in (0.0, 1.0, 3.0):
        contradicted = placed(for_ai=True, priority=priority)
        challenged = placed(challenged_at=CAME, priority=priority)
        assert contradicted is not None
        assert challenged is not None
        assert 1.0 <= challenged.rank < 2.0 <= contradicted.rank < 3.0
