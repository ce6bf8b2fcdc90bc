"""The report of a week: one sentence, then each figure beside the week before."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from labelling.models import Submission
from labelling.statistics.figure import Figure, Result
from worker.models import TrainingRun
from worker.weekly.facts import Facts, facts_of
from worker.weekly.week import Week
from worker.weekly.words import compared, counted, moved, percent, told, told_change

State = TrainingRun.State
CHANNELS = {
    Submission.Channel.PAGE: "Handed in on the page",
    Submission.Channel.API: "Handed in by the API",
    Submission.Channel.PREDICT: "Handed in by /predict",
    Submission.Channel.IMPORT: "Imported",
}
VERDICTS = {"ai": "Called AI", "human": "Called human", "uncertain": "Left open"}


@dataclass(frozen=True)
class Line:
    """One figure in this week and the one before, and the change in words (or nothing)."""

    name: str
    now: str
    before: str
    change: str


@dataclass(frozen=True)
class Section:
    title: str
    note: str
    lines: list[Line]


@dataclass(frozen=True)
class Report:
    """``runs``: the week is not over. ``now`` and ``before`` are what it tells in words."""

    week: Week
    lead: str
    sections: list[Section]
    runs: bool
    now: Facts
    before: Facts


def report_of(week: Week) -> Report:
    """Read both weeks and say what changed. Fourteen queries, however much came in."""
    now, before = facts_of(week), facts_of(week.before)
    sections = [
        _traffic(now, before),
        _accuracy(now, before),
        _drift(now, before),
        _learned(now, before),
        _people(now, before),
    ]
    runs = week.end > timezone.now()
    return Report(week, lead(now, before), sections, runs, now, before)


def lead(now: Facts, before: Facts) -> str:
    """What matters, in one sentence."""
    change = compared(now.pictures, before.pictures)
    than = "as" if now.pictures == before.pictures else "than"
    parts = [f"{counted(now.pictures, 'picture')} came in, {change} {than} the week before"]
    if isinstance(right := now.audited.right, Figure):
        ends = f"{100 * right.low:.0f} to {100 * right.high:.0f}%"
        parts.append(
            f"the detector was right on {percent(right.value)} of the audit sample ({ends})"
        )
    else:
        parts.append("too few audit pictures were settled to say how often the detector was right")
    still = now.alerted.drifts_open + now.alerted.others_open
    parts.append(f"{counted(still, 'alert')} still open")
    if promoted := now.runs[State.PROMOTED]:
        parts.append(f"{counted(promoted, 'new version')} went live")
    if now.returned:
        verb = "was" if now.returned == 1 else "were"
        parts.append(f"{counted(now.returned, 'version')} {verb} taken back")
    words = "; ".join(parts)
    return f"{words[0].upper()}{words[1:]}."


def _traffic(now: Facts, before: Facts) -> Section:
    judged = sum(now.verdicts.values()), sum(before.verdicts.values())
    return Section(
        "Traffic",
        "When a new version comes in it judges what is stored anew, and each verdict counts.",
        [
            _count("New pictures", now.pictures, before.pictures),
            *(_count(CHANNELS[key], now.uploads[key], before.uploads[key]) for key in CHANNELS),
            _count("Verdicts", *judged),
            *(
                _share(words, _part(now.verdicts, key), _part(before.verdicts, key))
                for key, words in VERDICTS.items()
            ),
        ],
    )


def _accuracy(now: Facts, before: Facts) -> Section:
    return Section(
        "Accuracy",
        f"{_who(now)} on pictures that were drawn by chance before anybody knew their score and "
        "were settled in the week. In brackets the interval of 95%.",
        [
            _figure("Right at one half", now.audited.right, before.audited.right),
            _figure("Answered (coverage)", now.audited.dared, before.audited.dared),
            _figure("Human pictures called AI", now.audited.accused, before.audited.accused),
        ],
    )


def _drift(now: Facts, before: Facts) -> Section:
    new, old = now.alerted, before.alerted
    return Section(
        "Drift and alerts",
        "",
        [
            _count("Looks at what comes in", now.looks, before.looks),
            _count("Drift alerts that began", new.drifts, old.drifts),
            _count("Drift alerts open at the end", new.drifts_open, old.drifts_open),
            _count("Other alerts that began", new.others, old.others),
            _count("Other alerts open at the end", new.others_open, old.others_open),
        ],
    )


def _learned(now: Facts, before: Facts) -> Section:
    return Section(
        "What was learned",
        "",
        [
            _count("Retrainings that went live", *_both(now, before, State.PROMOTED)),
            _count("Retrainings that were refused", *_both(now, before, State.REJECTED)),
            _count("Retrainings that failed", *_both(now, before, State.FAILED)),
            _count("Versions that were taken back", now.returned, before.returned),
        ],
    )


def _people(now: Facts, before: Facts) -> Section:
    return Section(
        "People",
        "Agreement and overruled verdicts are of the week's last look at what people settled.",
        [
            _count("Answers given", now.reviews, before.reviews),
            _count("Pictures settled", now.settled, before.settled),
            _share("Two reviewers agree", now.agreed, before.agreed),
            _share("Verdicts overruled", now.overruled, before.overruled),
        ],
    )


def _count(name: str, now: int, before: int) -> Line:
    return Line(name, f"{now:,}", f"{before:,}", compared(now, before))


def _share(name: str, now: float | None, before: float | None) -> Line:
    return Line(name, percent(now), percent(before), moved(now, before))


def _figure(name: str, now: Result, before: Result) -> Line:
    return Line(name, told(now), told(before), told_change(now, before))


def _both(now: Facts, before: Facts, state: str) -> tuple[int, int]:
    return now.runs[state], before.runs[state]


def _part(counts: Mapping[str, int], key: str) -> float | None:
    total = sum(counts.values())
    return counts[key] / total if total else None


def _who(facts: Facts) -> str:
    """The figures of each week are those of the version that answered at its end."""
    which = f" ({facts.version})" if facts.version else ""
    return f"The version that answered at the end of the week{which},"
