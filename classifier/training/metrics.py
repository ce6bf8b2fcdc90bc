"""How good a detector is, in figures with their 95 % intervals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import FloatArray
from classifier.training.figures import (
    FIGURES,
    SHARES,
    Flags,
    Judged,
    auroc,
    balanced_accuracy,
    coverage,
    false_accusation_rate,
    share,
)
from classifier.training.reliability import noise_floor
from classifier.vocabulary import Label, Verdict

__all__ = [
    "Flags",
    "GroupRow",
    "Interval",
    "Judged",
    "Metrics",
    "auroc",
    "balanced_accuracy",
    "false_accusation_rate",
    "group_rows",
    "macro_balanced_accuracy",
    "measure",
    "resamples",
]

RESAMPLES = 500
# A group of fewer pictures than this says too little to have a vote of its own.
LEAST_GROUP = 10


@dataclass(frozen=True)
class Interval:
    """A figure and its bootstrapped 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupRow:
    """One generator, or one origin of human pictures. The shares are of its ``n`` pictures."""

    group: str
    label: Label
    n: int
    right_at_half: float
    called_ai: float
    called_human: float
    uncertain: float


@dataclass(frozen=True)
class Metrics:
    """None stands where a figure has no meaning: AUROC of one class, accuracy of no answer.

    ``balanced_accuracy`` reads the probability at one half. ``false_accusation_rate`` is the
    share of human pictures that get the verdict ``ai``, ``recall`` that of AI pictures;
    ``coverage`` the share that gets an answer, ``answered_accuracy`` how often it is right.
    ``average_precision``, ``nll``, ``brier`` and ``ece`` weigh both classes alike.
    ``ece_noise`` is the ``ece`` that a perfectly calibrated detector would show at this ``n``,
    with the 95th percentile of it as ``high``. ``macro_balanced_accuracy`` gives each human
    origin and each generator one vote; its interval speaks of other origins and generators of
    the same kinds, too. Other intervals draw ``unit`` anew: single pictures, or groups of
    pictures that belong together.
    """

    n: int
    n_ai: int
    auroc: Interval | None
    balanced_accuracy: Interval | None
    false_accusation_rate: Interval | None
    recall: Interval | None
    coverage: Interval | None
    answered_accuracy: Interval | None
    average_precision: Interval | None = None
    nll: Interval | None = None
    brier: Interval | None = None
    ece: Interval | None = None
    ece_noise: Interval | None = None
    macro_balanced_accuracy: Interval | None = None
    unit: str = "picture"
    groups: tuple[GroupRow, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def measure(
    probabilities: FloatArray,
    labels: Sequence[Label],
    verdicts: Sequence[Verdict],
    groups: Sequence[str] | None = None,
    *,
    units: Sequence[str] | None = None,
) -> Metrics:
    """Measure N pictures; ``groups`` names the generator or origin of each.

    ``units`` names what the intervals draw anew: pictures of one unit (one prompt, one artist)
    are not independent. Without it each picture is one.
    """
    judged = Judged.of(probabilities, labels, verdicts)
    rows = group_rows(judged, groups) if groups is not None else ()
    return Metrics(
        n=len(labels),
        n_ai=int(judged.is_ai.sum()),
        **_intervals(judged, units),
        ece_noise=_noise(judged),
        macro_balanced_accuracy=macro_balanced_accuracy(rows),
        unit="picture" if units is None else "group",
        groups=rows,
    )


def resamples(
    is_ai: Flags, *, seed: int = 0, units: Sequence[str] | None = None
) -> list[npt.NDArray[np.intp]]:
    """Return row numbers drawn with replacement within each class, the same for each measure.

    With ``units`` whole units are drawn, so the number of rows varies a little.
    """
    rng = np.random.default_rng(seed)
    sides = [side for side in (np.flatnonzero(is_ai), np.flatnonzero(~is_ai)) if len(side)]
    if units is None:
        return [
            np.concatenate([rng.choice(side, len(side)) for side in sides])
            for _ in range(RESAMPLES)
        ]
    names = np.array(units)
    codes = [np.unique(names[side], return_inverse=True)[1] for side in sides]
    return [
        np.concatenate([_drawn(side, code, rng) for side, code in zip(sides, codes, strict=True)])
        for _ in range(RESAMPLES)
    ]


def _drawn(
    side: npt.NDArray[np.intp], code: npt.NDArray[np.intp], rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Draw as many units as there are and return their rows, each as often as it was drawn."""
    count = int(code.max()) + 1
    times = np.bincount(rng.integers(count, size=count), minlength=count)
    return np.repeat(side, times[code])


def _intervals(judged: Judged, units: Sequence[str] | None) -> dict[str, Interval | None]:
    values = {name: figure(judged) for name, figure in FIGURES.items()}
    known = [name for name, value in values.items() if not np.isnan(value)]
    drawn: dict[str, list[float]] = {name: [] for name in known}
    if known:
        for chosen in resamples(judged.is_ai, units=units):
            again = judged.rows(chosen)
            for name in known:
                drawn[name].append(FIGURES[name](again))
    return {
        name: interval(
            value,
            drawn[name],
            recentre=name == "ece",
            of=_independent(SHARES[name](judged), units) if name in SHARES else None,
        )
        if name in drawn
        else None
        for name, value in values.items()
    }


def _independent(chosen: Flags, units: Sequence[str] | None) -> int:
    """Return how many units the chosen pictures come from."""
    return int(chosen.sum()) if units is None else len(set(np.array(units)[chosen].tolist()))


def interval(
    value: float,
    drawn: Sequence[float] | FloatArray,
    *,
    recentre: bool = False,
    of: int | None = None,
) -> Interval:
    """Return the value with the middle 95 % of the drawn ones.

    ``recentre`` takes off what drawing itself adds: a resample doubles the noise in which the
    calibration error consists, so its values would all lie too high. ``of`` says of how many the
    value is a share: where it is none of them, or all, drawing again can show nothing else, and
    the exact binomial bound stands instead.
    """
    if of and value in {0.0, 1.0}:
        beyond = 1 - 0.025 ** (1 / of)
        low, high = (0.0, beyond) if value == 0 else (1 - beyond, 1.0)
        return Interval(value, round(low, 4), round(high, 4))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    shift = float(np.nanmean(drawn)) - value if recentre else 0.0
    ends = (max(float(low) - shift, 0.0), float(high) - shift) if recentre else (low, high)
    return Interval(round(value, 4), round(float(ends[0]), 4), round(float(ends[1]), 4))


def _noise(judged: Judged) -> Interval | None:
    if judged.one_class:
        return None
    drawn = noise_floor(judged)
    return interval(float(drawn.mean()), drawn)


def group_rows(judged: Judged, groups: Sequence[str]) -> tuple[GroupRow, ...]:
    """Return a row for each generator and origin, by name."""
    names = np.array(groups)
    rows = []
    for name in sorted(set(groups)):
        for label, side in ((Label.AI, judged.is_ai), (Label.HUMAN, ~judged.is_ai)):
            part = judged.rows(side & (names == name))
            if len(part.is_ai):
                rows.append(_group_row(name, label, part))
    return tuple(rows)


def _group_row(name: str, label: Label, part: Judged) -> GroupRow:
    return GroupRow(
        group=name,
        label=label,
        n=len(part.is_ai),
        right_at_half=round(share(part.right_at_half), 4),
        called_ai=round(share(part.verdict_ai), 4),
        called_human=round(share(part.verdict_human), 4),
        uncertain=round(1 - coverage(part), 4),
    )


def macro_balanced_accuracy(
    rows: Sequence[GroupRow], *, least: int = LEAST_GROUP, seed: int = 0
) -> Interval | None:
    """Half the mean specificity over human origins, half the mean recall over generators.

    Both are read at one half. Groups of fewer than ``least`` pictures have no vote; None where
    a class has no group left. The interval draws groups, then pictures inside each.
    """
    sides = [
        [row for row in rows if row.label is label and row.n >= least]
        for label in (Label.AI, Label.HUMAN)
    ]
    if not all(sides):
        return None
    value = np.mean([np.mean([row.right_at_half for row in side]) for side in sides])
    rng = np.random.default_rng(seed)
    drawn = np.mean([_macro_draws(side, rng) for side in sides], axis=0)
    return interval(float(value), drawn)


def _macro_draws(side: Sequence[GroupRow], rng: np.random.Generator) -> FloatArray:
    sizes = np.array([row.n for row in side])
    shares = np.array([row.right_at_half for row in side])
    chosen = rng.integers(len(side), size=(RESAMPLES, len(side)))
    found = rng.binomial(sizes[chosen], shares[chosen]) / sizes[chosen]
    return np.asarray(found.mean(axis=1))
