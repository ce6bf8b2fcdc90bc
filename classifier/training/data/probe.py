"""How well a label can be guessed without looking at the picture.

What this small classifier can tell apart, a large one can learn as a shortcut: "a square of 512
pixels is AI" is right in a data set and nowhere else.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.polarity import ai_targets, sigmoid
from classifier.training.calibrate import balanced_weights
from classifier.training.data.traits import Traits
from classifier.training.logistic import fit_logistic
from classifier.training.metrics import Interval, Judged, auroc, balanced_accuracy, resamples
from classifier.vocabulary import Label, Verdict

FOLDS = 5
LEAST_GROUPS = 2 * FOLDS  # of each class; fewer say nothing
BINS = 8
COMMON = 16  # values that get a column of their own; rarer ones share one
PENALTY = 1e-3
ALLOWED = 0.55

Columns = npt.NDArray[np.float64]
Reader = Callable[[Traits], Hashable]
Measure = Callable[[Traits], float]

# Families of traits: values that are counted, and measures that are cut into bins.
VALUES: Mapping[str, Sequence[Reader]] = {
    "container": (lambda t: (t.container, t.mode, t.progressive),),
    "size": (lambda t: (t.width, t.height),),
    "aspect": (lambda t: t.width == t.height,),
    "quality": (lambda t: t.quality,),
    "subsampling": (lambda t: t.subsampling,),
    "metadata": (lambda t: tuple(sorted(t.metadata)),),
}
MEASURES: Mapping[str, Sequence[Measure]] = {
    "size": (
        lambda t: math.log(max(t.width, t.height)),
        lambda t: math.log(min(t.width, t.height)),
    ),
    "aspect": (lambda t: math.log(t.width / t.height),),
    "quality": (lambda t: t.quality or 0,),
    "detail": (lambda t: math.log(t.bytes_per_pixel),),
}
# Bytes per pixel are no header: at one quality they say how much there is to see in a picture.
HEADER = ("container", "size", "aspect", "quality", "subsampling", "metadata")
DETAIL = "detail"


@dataclass(frozen=True)
class Probe:
    """Guessing by the header, measured on groups that the guess was not learned from.

    ``alone`` holds the balanced accuracy of each family of traits by itself; ``with_detail`` is
    that of the header together with bytes per pixel.
    """

    n: int
    balanced_accuracy: Interval
    auroc: Interval
    with_detail: Interval
    alone: Mapping[str, float] = field(default_factory=dict)

    @property
    def tells(self) -> bool:
        """Whether the label shows: above 55 %, and not by the chance of a small sample."""
        return self.balanced_accuracy.value > ALLOWED and self.balanced_accuracy.low > 0.5

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def probe(traits: Sequence[Traits], labels: Sequence[Label], groups: Sequence[str]) -> Probe | None:
    """Guess N labels from N headers; None where a class has fewer than ten groups."""
    folds = folds_of(labels, groups)
    if folds is None:
        return None
    families = {name: columns_of(name, traits) for name in (*HEADER, DETAIL)}
    header = np.column_stack([families[name] for name in HEADER])
    guessed = _guess(header, labels, folds)
    both = _guess(np.column_stack([header, families[DETAIL]]), labels, folds)
    alone = {
        name: balanced_accuracy(_guess(part, labels, folds)) for name, part in families.items()
    }
    return Probe(
        n=len(labels),
        balanced_accuracy=_interval(balanced_accuracy, guessed, groups),
        auroc=_interval(auroc, guessed, groups),
        with_detail=_interval(balanced_accuracy, both, groups),
        alone={name: round(value, 4) for name, value in alone.items()},
    )


def folds_of(labels: Sequence[Label], groups: Sequence[str]) -> npt.NDArray[np.intp] | None:
    """Deal whole groups to five folds, each class evenly, always in the same way, (N,)."""
    class_of = dict(zip(groups, labels, strict=True))
    fold_of: dict[str, int] = {}
    for label in Label:
        members = [group for group, of in class_of.items() if of is label]
        if len(members) < LEAST_GROUPS:
            return None
        members.sort(key=lambda group: sha256(group.encode()).digest())
        fold_of |= {group: place % FOLDS for place, group in enumerate(members)}
    return np.array([fold_of[group] for group in groups])


def columns_of(family: str, traits: Sequence[Traits]) -> Columns:
    """Return what a family of traits says of N files as columns of zeros and ones, (N, D)."""
    parts = [_by_value([read(t) for t in traits]) for read in VALUES.get(family, ())]
    parts += [_by_bin([read(t) for t in traits]) for read in MEASURES.get(family, ())]
    return np.column_stack(parts)


def _by_value(values: Sequence[Hashable]) -> Columns:
    common = [value for value, _ in Counter(values).most_common(COMMON)]
    place = {value: index for index, value in enumerate(common)}
    return np.eye(COMMON + 1)[[place.get(value, COMMON) for value in values]]


def _by_bin(values: Sequence[float]) -> Columns:
    edges = np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.eye(BINS)[np.searchsorted(edges, values)]


def _guess(columns: Columns, labels: Sequence[Label], folds: npt.NDArray[np.intp]) -> Judged:
    """Let each fold be guessed by what the other four teach."""
    is_ai = ai_targets(labels)
    columns = columns[:, columns.std(axis=0) > 0]
    chances = np.full(len(labels), 0.5)
    for fold in range(FOLDS):
        here, there = folds == fold, folds != fold
        line = fit_logistic(
            columns[there],
            is_ai[there].astype(np.float64),
            row_weights=balanced_weights(is_ai[there]),
            penalty=PENALTY,
        )
        # A column that says nothing leaves rounding errors around one half: they are no guess.
        chances[here] = np.round(sigmoid(columns[here] @ line.weight + line.bias), 6)
    verdicts = [Verdict.AI if chance >= 0.5 else Verdict.HUMAN for chance in chances]
    return Judged.of(chances, labels, verdicts)


def _interval(figure: Callable[[Judged], float], judged: Judged, groups: Sequence[str]) -> Interval:
    """The figure with its 95 % interval, drawn over whole groups."""
    drawn = [figure(judged.rows(rows)) for rows in resamples(judged.is_ai, units=groups)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(round(figure(judged), 4), round(float(low), 4), round(float(high), 4))
