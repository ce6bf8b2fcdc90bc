"""Silent tests: settled pictures that come up among the others, to measure the reviewer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from labelling.models import QueuePolicy, Review, User
from labelling.permissions import reviewers
from labelling.statistics.figure import Figure, Result
from labelling.statistics.intervals import accuracy

DECIDED = (Review.Answer.AI, Review.Answer.HUMAN)
NEWEST_TESTS = 100  # by so many of their newest silent tests a reviewer is judged


@dataclass(frozen=True)
class BelowFloor:
    """A reviewer who gets a smaller share of the silent tests right than the policy's floor."""

    person: User
    accuracy: Figure
    floor: float


def reviewers_below_floor() -> list[BelowFloor]:
    """Whom the administrator should talk to: too often wrong, by enough silent tests. Worst first.

    Three queries. Only people who may still review.
    """
    policy = QueuePolicy.objects.first()
    floor = policy.gold_floor if policy else 0.0
    place = Window(
        RowNumber(), partition_by=F("reviewer"), order_by=[F("created_at").desc(), F("pk").desc()]
    )
    newest = silent_tests(None, None).annotate(place=place).filter(place__lte=NEWEST_TESTS)
    tests = count_right(newest)
    found = []
    for person in reviewers().filter(pk__in=tests).order_by("username"):
        figure = accuracy(*tests[person.pk])
        if isinstance(figure, Figure) and figure.value < floor:
            found.append(BelowFloor(person, figure, floor))
    return sorted(found, key=lambda below: below.accuracy.value)


def own_accuracy(person: User) -> Result:
    """What a reviewer is told of their own silent tests.

    Up to yesterday and in whole tens, so that no single picture shows itself in the figure.
    """
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    tests = silent_tests(None, [person]).filter(created_at__lt=today)
    right = [
        answer == label
        for answer, label in tests.order_by("created_at", "pk").values_list(
            "answer", "image__label__value"
        )
    ]
    whole = right[: len(right) // 10 * 10][-NEWEST_TESTS:]
    return accuracy(sum(whole), len(whole))


def silent_tests(since: datetime | None, of: Iterable[User] | None) -> QuerySet[Review]:
    """A person's first answer to each silent test whose picture is settled, where they decided.

    The first counts, also where it was taken back: what came after it was not blind. Where the
    first was no silent one, because the picture measured nobody just then, none counts.
    """
    earlier = Review.objects.exclude(answer=Review.Answer.RETRACTED).filter(
        image=OuterRef("image"), reviewer=OuterRef("reviewer"), pk__lt=OuterRef("pk")
    )
    first = Review.objects.filter(
        ~Exists(earlier), silent=True, answer__in=DECIDED, image__label__isnull=False
    )
    return narrowed(first, since, of).order_by()


def count_right(tests: QuerySet[Review]) -> dict[int, tuple[int, int]]:
    """For each reviewer how many of how many were right."""
    counted: dict[int, tuple[int, int]] = {}
    rows = tests.values_list("reviewer", "answer", "image__label__value")
    for reviewer, answer, label in rows.iterator():
        right, n = counted.get(reviewer, (0, 0))
        counted[reviewer] = (right + (answer == label), n + 1)
    return counted


def narrowed(
    found: QuerySet[Review], since: datetime | None, of: Iterable[User] | None
) -> QuerySet[Review]:
    found = found if since is None else found.filter(created_at__gte=since)
    return found if of is None else found.filter(reviewer__in=[person.pk for person in of])
