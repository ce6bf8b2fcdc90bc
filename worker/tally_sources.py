"""What is counted by the hour: rows with a time, each of one class of a closed set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Aggregate, Case, Count, F, Model, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Ceil, Concat, Greatest, TruncHour

from classifier.vocabulary import Label as LabelValue
from classifier.vocabulary import Verdict
from labelling.models import Image, Label, Prediction, Review, Submission
from labelling.models.prediction import BEFORE_SETTLED

BINS = 20
MILLIONTHS = 1_000_000  # sums of shares are kept as whole numbers
EVEN = 0.5


class Place(NamedTuple):
    """Where a count stands: the hour (UTC), what is counted, its class, the version or 0."""

    hour: datetime
    what: str
    key: str
    version: int


Counts = dict[Place, int]


def start_of_hour(moment: datetime) -> datetime:
    """In UTC, whatever the site's time zone: half an hour is no hour."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def bin_key(place: float) -> str:
    """The name of bin 0 to 19 of a score: its lower edge, ``0.00`` to ``0.95``.

    A bin holds what is above its lower edge and not above its upper one; the first also holds 0.
    """
    return f"{place / BINS:.2f}"


def score_bin() -> Combinable:
    return Greatest(Ceil(F("probability_ai") * BINS) - 1, 0.0)


@dataclass(frozen=True)
class Source:
    """Rows that are counted as ``what``: by the hour of ``moment``, by ``key``, by version.

    ``keys`` are all the classes that there can be. ``shrinks``: rows go or move while people
    change their minds.
    """

    what: str
    keys: tuple[str, ...]
    rows: Callable[[], QuerySet[Any]]
    moment: str
    key: Combinable
    version: Combinable = field(default_factory=lambda: Value(0))
    amount: Aggregate = field(default_factory=lambda: Count("pk"))
    name: Callable[[Any], str] = str
    scale: int = 1
    shrinks: bool = False

    def count(self, since: datetime, until: datetime | None = None) -> Counts:
        """How much there is now in each hour from ``since`` to before ``until``; no zeros."""
        bounds = {f"{self.moment}__gte": since} | ({f"{self.moment}__lt": until} if until else {})
        rows = (
            self.rows()
            .filter(**bounds)
            .order_by()
            .annotate(
                tally_hour=TruncHour(self.moment, tzinfo=UTC),
                tally_key=self.key,
                tally_version=self.version,
            )
            .values_list("tally_hour", "tally_key", "tally_version")
            .annotate(tally=self.amount)
        )
        return {
            Place(hour, self.what, self.name(key), version): round(self.scale * amount)
            for hour, key, version, amount in rows
        }


def said_before_settled() -> QuerySet[Prediction]:
    """What versions had said of a picture before people settled what it is."""
    return Prediction.objects.filter(BEFORE_SETTLED)


def dared() -> QuerySet[Prediction]:
    return said_before_settled().exclude(verdict=Verdict.UNCERTAIN)


def audited() -> QuerySet[Prediction]:
    return said_before_settled().filter(image__audit=True)


SETTLED = "image__label__settled_at"
SETTLED_AS = F("image__label__value")
SAID_BY = F("version__number")
RIGHT = Q(probability_ai__gte=EVEN, image__label__value=LabelValue.AI) | Q(
    probability_ai__lt=EVEN, image__label__value=LabelValue.HUMAN
)
VERDICTS = tuple(verdict.value for verdict in Verdict)
LABELS = tuple(label.value for label in LabelValue)

SOURCES = (
    Source("image", ("",), Image.objects.all, "received_at", Value("")),
    Source(
        "submission",
        tuple(Submission.Channel.values),
        Submission.objects.all,
        "created_at",
        F("channel"),
    ),
    Source("verdict", VERDICTS, Prediction.objects.all, "created_at", F("verdict"), SAID_BY),
    Source(
        "score",
        tuple(bin_key(place) for place in range(BINS)),
        Prediction.objects.all,
        "created_at",
        score_bin(),
        SAID_BY,
        name=bin_key,
    ),
    # Sums, in millionths: a mean needs no rows, and a histogram of Prometheus wants its sum.
    Source(
        "score_sum",
        ("",),
        Prediction.objects.all,
        "created_at",
        Value(""),
        SAID_BY,
        Sum("probability_ai"),
        scale=MILLIONTHS,
    ),
    Source(
        "confidence_sum",
        ("",),
        Prediction.objects.all,
        "created_at",
        Value(""),
        SAID_BY,
        Sum(Greatest(F("probability_ai"), 1 - F("probability_ai"))),
        scale=MILLIONTHS,
    ),
    Source("review", tuple(Review.Answer.values), Review.objects.all, "created_at", F("answer")),
    Source("label", LABELS, Label.objects.all, "settled_at", F("value"), shrinks=True),
    # The likelier class against what people settled, of the pictures that were drawn by chance.
    Source(
        "audit",
        ("right", "wrong"),
        audited,
        SETTLED,
        Case(When(RIGHT, then=Value("right")), default=Value("wrong")),
        SAID_BY,
        shrinks=True,
    ),
    # The same pictures as label_verdict: ``human_ai`` is a false accusation.
    Source(
        "audit_verdict",
        tuple(f"{label}_{verdict}" for label in LABELS for verdict in VERDICTS),
        audited,
        SETTLED,
        Concat(SETTLED_AS, Value("_"), F("verdict")),
        SAID_BY,
        shrinks=True,
    ),
    # Of all pictures with an answer, also those that people were asked about for a reason.
    Source(
        "override",
        ("kept", "overruled"),
        dared,
        SETTLED,
        Case(When(verdict=SETTLED_AS, then=Value("kept")), default=Value("overruled")),
        SAID_BY,
        shrinks=True,
    ),
)
BY_WHAT = {source.what: source for source in SOURCES}

# The tables that they read, each with the time that orders it.
CLOCKS: dict[type[Model], str] = {
    Image: "received_at",
    Submission: "created_at",
    Prediction: "created_at",
    Review: "created_at",
    Label: "settled_at",
}


def count_all(
    since: datetime, until: datetime | None = None, *, sources: Iterable[Source] = SOURCES
) -> Counts:
    """The counts of all sources, from the rows themselves."""
    return {place: n for source in sources for place, n in source.count(since, until).items()}


def first_moment_since(moment: datetime) -> datetime | None:
    """When the first row of any source is, from ``moment`` on; one look at an index for each."""
    firsts = [
        model._default_manager.filter(**{f"{clock}__gte": moment})
        .order_by(clock)
        .values_list(clock, flat=True)
        .first()
        for model, clock in CLOCKS.items()
    ]
    return min((first for first in firsts if first is not None), default=None)
