"""How far the reviewers of this site agree, on the pictures that two or more of them decided."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, groupby
from operator import itemgetter

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Window

from labelling.models import Review, User
from labelling.silent_tests import DECIDED, narrowed
from labelling.statistics.agreement import cohen_kappa, krippendorff_alpha, percent_agreement
from labelling.statistics.figure import Figure, Result

Vote = tuple[int, str]  # reviewer, answer
PAIRS = 10


@dataclass(frozen=True)
class PairAgreement:
    """Two reviewers who met on enough pictures."""

    first: User
    second: User
    kappa: Figure


@dataclass(frozen=True)
class SiteAgreement:
    """``pictures`` were decided by two or more; ``pairs`` have the least agreeing first."""

    pictures: int
    percent: Result
    alpha: Result
    pairs: list[PairAgreement]


def site_agreement(since: datetime | None = None) -> SiteAgreement:
    """Percent, alpha, and Cohen's kappa of the pairs that met often enough. Two queries."""
    kinds: Counter[tuple[int, ...]] = Counter()
    tables: Counter[tuple[int, int, str, str]] = Counter()
    for votes in _votes_by_picture(since):
        said = [answer for _, answer in votes]
        kinds[tuple(said.count(answer) for answer in DECIDED)] += 1
        for (one, first), (other, second) in combinations(votes, 2):
            tables[one, other, first, second] += 1
    counts, times = list(kinds), list(kinds.values())
    return SiteAgreement(
        pictures=kinds.total(),
        percent=percent_agreement(counts, times),
        alpha=krippendorff_alpha(counts, times),
        pairs=_pairs(tables),
    )


def blind_votes(since: datetime | None) -> QuerySet[Review]:
    """Votes that are independent of each other: blind, at the desk, a person's first and only word.

    Whoever took an answer back had seen what others said before the next one. So nothing is asked
    of standing here: what was retracted is left out with it.
    """
    taken_back = Review.objects.filter(
        image=OuterRef("image"), reviewer=OuterRef("reviewer"), answer=Review.Answer.RETRACTED
    )
    timed = Review.objects.filter(seconds__isnull=False, adjudicates=False, silent=False)
    return narrowed(timed.filter(~Exists(taken_back), answer__in=DECIDED), since, None)


def _votes_by_picture(since: datetime | None) -> Iterator[list[Vote]]:
    """The votes of each picture that has two or more, in the order of the reviewers.

    Counted by a window, which reads the table once. A subquery for "has another" made Postgres
    walk the table for each row of it.
    """
    voters = Window(Count("pk"), partition_by=F("image"))
    rows = blind_votes(since).annotate(voters=voters).filter(voters__gt=1)
    told = rows.order_by("image", "reviewer").values_list("image", "reviewer", "answer").iterator()
    for _, group in groupby(told, key=itemgetter(0)):
        yield [(reviewer, answer) for _, reviewer, answer in group]


def _pairs(tables: Counter[tuple[int, int, str, str]]) -> list[PairAgreement]:
    met: dict[tuple[int, int], list[list[int]]] = {}
    for (one, other, first, second), n in tables.items():
        table = met.setdefault((one, other), [[0] * len(DECIDED) for _ in DECIDED])
        table[DECIDED.index(Review.Answer(first))][DECIDED.index(Review.Answer(second))] += n
    found = {pair: cohen_kappa(table) for pair, table in met.items()}
    people = User.objects.in_bulk({who for pair in found for who in pair})
    pairs = [
        PairAgreement(people[one], people[other], kappa)
        for (one, other), kappa in found.items()
        if isinstance(kappa, Figure)
    ]
    return sorted(pairs, key=lambda pair: pair.kappa.value)[:PAIRS]
