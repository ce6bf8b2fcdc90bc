"""How reviewers do: what they answered, how fast, how often rightly. A few queries for all of them.

Counted are answers at the review desk, which alone are given blind and timed: not imports, not bulk
reviews, not adjudications.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Least, Round
from django.utils import timezone

from labelling.models import Review, User
from labelling.silent_tests import DECIDED, count_right, narrowed, silent_tests
from labelling.statistics.figure import Result
from labelling.statistics.intervals import accuracy

Answer = Review.Answer
LONGEST_LOOK = 600.0  # seconds; whoever looked longer was away


@dataclass(frozen=True)
class ReviewerFigures:
    """One reviewer's figures; ``seconds`` is a median, ``an_hour`` while a picture is before them.

    ``overruled`` of ``adjudicated``: their answers on pictures that an adjudicator settled.
    """

    person: User
    answers: int
    decided: int
    unsure: int
    unusable: int
    seconds: float
    an_hour: float
    accuracy: Result
    adjudicated: int
    overruled: int


def reviewer_figures(
    *, since: datetime | None = None, of: Iterable[User] | None = None
) -> list[ReviewerFigures]:
    """The figures of everybody who answered since then, by name; of these people only, if given."""
    answered = desk_answers(since, of)
    counts = {row["reviewer"]: row for row in _counts(answered)}
    medians, tests = _medians(answered), count_right(silent_tests(since, of))
    overruled = _overruled(answered)
    people = User.objects.filter(pk__in=counts).order_by("username")
    return [_figures(person, counts[person.pk], medians, tests, overruled) for person in people]


def since_days(days: int | None) -> datetime | None:
    return None if days is None else timezone.now() - timedelta(days=days)


def desk_answers(since: datetime | None, of: Iterable[User] | None) -> QuerySet[Review]:
    """Answers that stand, given at the desk: these carry the seconds that the page measured."""
    found = Review.objects.standing().filter(seconds__isnull=False, adjudicates=False)
    return narrowed(found, since, of).order_by()


def _counts(answered: QuerySet[Review]) -> list[dict[str, Any]]:
    rows = answered.values("reviewer").annotate(
        answers=Count("pk"),
        decided=Count("pk", Q(answer__in=DECIDED)),
        unsure=Count("pk", Q(answer=Answer.UNSURE)),
        unusable=Count("pk", Q(answer=Answer.UNUSABLE)),
        looked=Sum(Least("seconds", LONGEST_LOOK)),
    )
    return [dict(row) for row in rows]


def _medians(answered: QuerySet[Review]) -> dict[int, float]:
    """Each reviewer's median of seconds, from counts of tenths of a second.

    Not every database has a median; counting leaves at most 6,000 rows for each reviewer.
    """
    tenths = answered.annotate(tenth=Round(Least("seconds", LONGEST_LOOK), precision=1))
    rows = tenths.values("reviewer", "tenth").annotate(n=Count("pk")).order_by("reviewer", "tenth")
    seen: dict[int, list[tuple[float, int]]] = {}
    for reviewer, tenth, n in rows.values_list("reviewer", "tenth", "n"):
        seen.setdefault(reviewer, []).append((tenth, n))
    return {reviewer: _median(counted) for reviewer, counted in seen.items()}


def _median(counted: list[tuple[float, int]]) -> float:
    """The value in the middle, of values in order with their counts; of two the mean."""
    total, passed, lower = sum(n for _, n in counted), 0, None
    for value, n in counted:
        passed += n
        if lower is not None:
            return (lower + value) / 2
        if 2 * passed > total:
            return value
        if 2 * passed == total:
            lower = value
    raise ValueError("nothing was counted")


def _overruled(answered: QuerySet[Review]) -> dict[int, tuple[int, int]]:
    """For each reviewer how many of how many of their answers an adjudicator overruled."""
    words = Review.objects.standing().filter(
        image=OuterRef("image"), adjudicates=True, answer__in=DECIDED
    )
    judged = answered.filter(Exists(words), answer__in=DECIDED, silent=False)
    rows = judged.values("reviewer").annotate(
        n=Count("pk"), against=Count("pk", ~Exists(words.filter(answer=OuterRef("answer"))))
    )
    return {row["reviewer"]: (row["against"], row["n"]) for row in rows}


def _figures(
    person: User,
    row: dict[str, Any],
    medians: dict[int, float],
    tests: dict[int, tuple[int, int]],
    overruled: dict[int, tuple[int, int]],
) -> ReviewerFigures:
    against, adjudicated = overruled.get(person.pk, (0, 0))
    return ReviewerFigures(
        person=person,
        answers=row["answers"],
        decided=row["decided"],
        unsure=row["unsure"],
        unusable=row["unusable"],
        seconds=medians[person.pk],
        an_hour=3600 * row["answers"] / max(row["looked"], 0.1),
        accuracy=accuracy(*tests.get(person.pk, (0, 0))),
        adjudicated=adjudicated,
        overruled=against,
    )
