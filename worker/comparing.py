"""Reading two versions side by side. A few queries, however many pictures there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from classifier.models import ModelVersion
from classifier.vocabulary import Label, Verdict
from labelling.blindness import open_findings
from labelling.models import Prediction
from labelling.models.prediction import BEFORE_SETTLED
from labelling.permissions import Person, check_may_administer
from worker import queries
from worker.charting.chart import Chart
from worker.charting.versions import histogram_chart, reliability_chart
from worker.series import all_scores

LOOKED_AT = 2_000  # of the newest pictures that the second version has judged
SHOWN = 24  # pictures on which the two differ
UNLEARNED = Q(image__label__isnull=False) & (
    Q(image__audit=True)
    | Q(image__label__gold=True)
    | Q(image__regression_since__isnull=False)
    | BEFORE_SETTLED
)


@dataclass(frozen=True)
class Difference:
    """One picture and what each of the two said of it."""

    before: Prediction
    after: Prediction

    @property
    def by(self) -> float:
        return abs(self.after.probability_ai - self.before.probability_ai)


@dataclass(frozen=True)
class Settled:
    """One settled picture that both have judged: probability and verdict of each, and its label."""

    before: tuple[float, Verdict]
    after: tuple[float, Verdict]
    label: Label


@dataclass(frozen=True)
class Comparison:
    """``differences`` are those that the person may see, of ``looked`` pictures."""

    one: ModelVersion
    other: ModelVersion
    charts: Sequence[Chart]
    differences: Sequence[Difference]
    looked: int


def compared(person: Person, a: int | None, b: int | None) -> Comparison | None:
    """Versions ``a`` and ``b``; for one that is not named, one of the newest two. None where there
    are no two. Raises NotAllowed, NotFound."""
    check_may_administer(person)
    if a is None or b is None:
        newest = list(queries.versions().values_list("number", flat=True)[:2])
        if len(newest) < 2:
            return None
        a, b = newest[1] if a is None else a, newest[0] if b is None else b
    one, other = queries.version_by_number(a), queries.version_by_number(b)
    pairs, looked = differences(one, other)
    seen = open_findings([pair.before.image for pair in pairs], person)
    return Comparison(
        one=one,
        other=other,
        charts=charts(one, other),
        differences=[pair for pair in pairs if pair.before.image_id in seen],
        looked=looked,
    )


def charts(one: ModelVersion, other: ModelVersion) -> list[Chart]:
    """Whether the probabilities of both hold, and where their scores lie."""
    names = f"Version {one.number}", f"Version {other.number}"
    both, counts = settled(one, other), all_scores((one.number, other.number))
    said = [row.before for row in both], [row.after for row in both]
    return [
        reliability_chart(names, said, [row.label for row in both]),
        histogram_chart(names, (counts[one.number], counts[other.number])),
    ]


def differences(one: ModelVersion, other: ModelVersion) -> tuple[list[Difference], int]:
    """The pictures on which two versions differ most, and how many pictures were looked at.

    Of the newest that ``other`` has judged. Three queries.
    """
    rows = Prediction.objects.filter(version=other, image__deleted_at=None).order_by("-created_at")
    after = {p.image_id: p for p in rows[:LOOKED_AT]}
    before = Prediction.objects.filter(version=one, image__in=after)
    pairs = [Difference(p, after[p.image_id]) for p in before.select_related("image")]
    most = sorted(pairs, key=lambda pair: pair.by, reverse=True)[:SHOWN]
    for pair in most:
        pair.before.version, pair.after.version = one, other
    return [pair for pair in most if pair.by > 0], len(pairs)


def settled(one: ModelVersion, other: ModelVersion) -> Sequence[Settled]:
    """What both said of the pictures that were settled last. Two queries.

    Only of what measures and never trains, and of what was said before the picture was settled:
    of a picture that it has learned from a version always seems sure and right.
    """
    newest = Prediction.objects.filter(UNLEARNED, version=other).order_by(
        "-image__label__settled_at"
    )
    after = {
        image: (probability, Verdict(verdict), Label(label))
        for image, probability, verdict, label in newest.values_list(
            "image", "probability_ai", "verdict", "image__label__value"
        )[:LOOKED_AT]
    }
    before = Prediction.objects.filter(UNLEARNED, version=one, image__in=after)
    return [
        Settled((probability, Verdict(verdict)), after[image][:2], after[image][2])
        for image, probability, verdict in before.values_list("image", "probability_ai", "verdict")
    ]
