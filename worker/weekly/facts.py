"""What happened in one week, read from the tallies by the hour and from rows of which few are."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from classifier.models import VersionChange
from labelling.statistics.figure import Result
from labelling.statistics.intervals import accuracy
from worker.models import Alert, DriftLook, TrainingRun, Watch
from worker.tally_queries import shown_tallies
from worker.tally_sources import BY_WHAT
from worker.weekly.week import Week

WHATS = ("image", "submission", "verdict", "audit", "audit_verdict", "review", "label")
State = TrainingRun.State
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Audited:
    """Shares of the audit sample: right at one half, a verdict given, human pictures called AI."""

    right: Result
    dared: Result
    accused: Result


@dataclass(frozen=True)
class Alerted:
    """Alerts of drift, and all others: how many began, how many stood open at the end."""

    drifts: int
    drifts_open: int
    others: int
    others_open: int


@dataclass(frozen=True)
class Facts:
    """``version`` is the number of the one that answered at the end, None where none did;
    ``audited`` is of it alone.

    ``runs`` are trainings that ended, by how. ``agreed`` and ``overruled`` are shares of the week's
    last look at what people settled, None where they were too few.
    """

    pictures: int
    uploads: dict[str, int]
    verdicts: dict[str, int]
    version: int | None
    audited: Audited
    looks: int
    alerted: Alerted
    runs: dict[str, int]
    returned: int
    reviews: int
    settled: int
    agreed: float | None
    overruled: float | None


def facts_of(week: Week) -> Facts:
    """Counts are as the tallies have them, at most a minute old. Seven queries."""
    version = _version_at_end(week)
    counts, audit = _counts(week, version)
    agreed = _newest_look_at_people(week)
    return Facts(
        pictures=counts["image", ""],
        uploads=_by_key(counts, "submission"),
        verdicts=_by_key(counts, "verdict"),
        version=version,
        audited=_audited(audit),
        looks=DriftLook.objects.filter(created_at__gte=week.start, created_at__lt=week.end).count(),
        alerted=_alerted(week),
        runs=_runs(week),
        returned=Watch.objects.filter(
            state=Watch.State.RETURNED, finished_at__gte=week.start, finished_at__lt=week.end
        ).count(),
        reviews=sum(_by_key(counts, "review").values()),
        settled=sum(_by_key(counts, "label").values()),
        agreed=agreed.get("agreement"),
        overruled=agreed.get("overrides"),
    )


def _version_at_end(week: Week) -> int | None:
    """Who answered when the week ended, also where it was taken back since."""
    changes = VersionChange.objects.filter(after="production", created_at__lt=week.end)
    return changes.values_list("version__number", flat=True).first()


def _counts(week: Week, version: int | None) -> tuple[Counts, Counts]:
    """All counts of versions that speak, and of those of ``version`` alone."""
    rows = shown_tallies().filter(hour__gte=week.start, hour__lt=week.end, what__in=WHATS)
    found, own = Counts(), Counts()
    summed = rows.values_list("what", "key", "version").annotate(Sum("count")).order_by()
    for what, key, by, count in summed:
        found[what, key] += count
        if by == version:
            own[what, key] += count
    return found, own


def _by_key(counts: Counts, what: str) -> dict[str, int]:
    return {key: counts[what, key] for key in BY_WHAT[what].keys}


def _audited(audit: Counts) -> Audited:
    right = _by_key(audit, "audit")
    said = _by_key(audit, "audit_verdict")
    dared = sum(n for key, n in said.items() if not key.endswith("_uncertain"))
    human = sum(n for key, n in said.items() if key.startswith("human_"))
    return Audited(
        right=accuracy(right["right"], sum(right.values())),
        dared=accuracy(dared, sum(said.values())),
        accused=accuracy(said["human_ai"], human),
    )


def _newest_look_at_people(week: Week) -> dict[str, float]:
    looks = DriftLook.objects.filter(
        window=DriftLook.Window.LABELS, created_at__gte=week.start, created_at__lt=week.end
    )
    readings = looks.values_list("readings", flat=True).first() or []
    return {one["figure"]: one["after"] for one in readings if one.get("after") is not None}


def _alerted(week: Week) -> Alerted:
    """What is not over yet stands open at the end of a week that runs, too."""
    began = Q(raised_at__gte=week.start, raised_at__lt=week.end)
    lasts = Q(resolved_at__isnull=True) | Q(resolved_at__gte=week.end)
    stood = Q(raised_at__lt=week.end) & lasts
    drift = Q(kind=Alert.Kind.DRIFT)
    counts = Alert.objects.aggregate(
        drifts=Count("pk", filter=drift & began),
        drifts_open=Count("pk", filter=drift & stood),
        others=Count("pk", filter=~drift & began),
        others_open=Count("pk", filter=~drift & stood),
    )
    return Alerted(**counts)


def _runs(week: Week) -> dict[str, int]:
    """Trainings that ended in the week, by how."""
    ended = TrainingRun.objects.filter(finished_at__gte=week.start, finished_at__lt=week.end)
    found = dict(ended.values_list("state").annotate(Count("pk")).order_by())
    return {state: found.get(state, 0) for state in (State.PROMOTED, State.REJECTED, State.FAILED)}
