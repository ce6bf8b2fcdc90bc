"""From points to what they say: curves with intervals over the seeds, and the two figures. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from worker.simulation.play import OURS, RANDOM, Point
from worker.simulation.stream import NEW, OLD

FIGURE = "balanced_accuracy"
ENOUGH = 100  # labels that should bring most of what all of them bring
# Student's t at 97.5 %, for 1, 2, … degrees of freedom; the normal distribution's beyond.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
NORMAL = 1.96
# The accuracies at which both orders are compared: shares of what all labels recover.
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Spread:
    """A mean over seeds and its 95 % interval (Student's t); no interval from a single seed."""

    mean: float
    low: float | None
    high: float | None
    seeds: int


@dataclass(frozen=True)
class Stop:
    """One order after ``labels`` answers."""

    labels: int
    new: Spread
    old: Spread
    seconds: float
    promoted: int


@dataclass(frozen=True)
class Cost:
    """How many labels each order needs to recover a ``share``; None where one never gets there."""

    share: float
    ours: Spread | None
    random: Spread | None
    ratio: Spread | None


@dataclass(frozen=True)
class Summary:
    """``recovered`` is the share of what all labels bring that ``ENOUGH`` bring, in our order."""

    curves: Mapping[str, Sequence[Stop]]
    start: Mapping[str, float]
    everything: float
    recovered: Mapping[str, Spread]
    forgotten: Mapping[str, Spread]
    costs: Sequence[Cost]
    slowest: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def spread(values: Sequence[float]) -> Spread:
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return Spread(round(mean, 4), None, None, count)
    quantile = STUDENT[count - 2] if count - 2 < len(STUDENT) else NORMAL
    half = quantile * float(np.std(values, ddof=1)) / count**0.5
    return Spread(round(mean, 4), round(mean - half, 4), round(mean + half, 4), count)


def summarise(points: Sequence[Point]) -> Summary:
    """Compare the orders that were played; what all labels bring is the mean of all plays' ends."""
    plays = by_play(points)
    start = {name: figure(points[0], name) for name in (NEW, OLD)}
    everything = float(np.mean([figure(play[-1], NEW) for play in plays.values()]))
    orders = [order for order in (OURS, RANDOM) if any(key[0] == order for key in plays)]
    of_order = {o: [play for key, play in plays.items() if key[0] == o] for o in orders}
    return Summary(
        curves={order: curve(of_order[order]) for order in orders},
        start=start,
        everything=round(everything, 4),
        recovered={o: recovered(of_order[o], start[NEW], everything) for o in orders},
        forgotten={o: forgotten(of_order[o], start[OLD]) for o in orders},
        costs=[cost(share, plays, start[NEW], everything) for share in SHARES],
        slowest=max(point.seconds for point in points),
    )


def by_play(points: Sequence[Point]) -> dict[tuple[str, int], list[Point]]:
    plays: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        plays.setdefault((point.order, point.seed), []).append(point)
    return plays


def curve(plays: Sequence[Sequence[Point]]) -> list[Stop]:
    """Each stop that every play reached; the ends, where nothing was left to ask, count as one."""
    return [
        Stop(
            labels=round(float(np.mean([point.labels for point in row]))),
            new=spread([figure(point, NEW) for point in row]),
            old=spread([figure(point, OLD) for point in row]),
            seconds=max(point.seconds for point in row),
            promoted=sum(point.outcome.startswith("promoted") for point in row),
        )
        for row in zip(*plays, strict=False)
    ]


def recovered(plays: Sequence[Sequence[Point]], start: float, everything: float) -> Spread:
    """The share of what all labels recover that ``ENOUGH`` labels recover."""
    gained = [accuracy_at(play, ENOUGH) - start for play in plays]
    whole = everything - start
    return spread([gain / whole if whole > 0 else float("nan") for gain in gained])


def forgotten(plays: Sequence[Sequence[Point]], start: float) -> Spread:
    """The most that old accuracy lost at any stop, in each play."""
    return spread([max(start - figure(point, OLD) for point in play) for play in plays])


def cost(
    share: float, plays: Mapping[tuple[str, int], Sequence[Point]], start: float, everything: float
) -> Cost:
    target = start + share * (everything - start)
    needed = {
        order: [labels_for(play, target) for key, play in plays.items() if key[0] == order]
        for order in (OURS, RANDOM)
    }
    ours, random = (all_reached(needed[order]) for order in (OURS, RANDOM))
    ratio = None
    mean = float(np.mean(random)) if random else 0.0
    if ours and mean:  # 0 where there is nothing to recover
        ratio = spread([count / mean for count in ours])
    return Cost(share, spread(ours) if ours else None, spread(random) if random else None, ratio)


def all_reached(counts: Sequence[float | None]) -> list[float]:
    """The counts; nothing where one play never reached it, for a mean without it would flatter."""
    return [] if None in counts else [count for count in counts if count is not None]


def labels_for(play: Sequence[Point], target: float) -> float | None:
    """After how many labels the line through the points first reaches ``target``."""
    for before, after in pairwise(play):
        low, high = figure(before, NEW), figure(after, NEW)
        if low >= target:
            return float(before.labels)
        if high >= target:
            way = (target - low) / (high - low)
            return before.labels + way * (after.labels - before.labels)
    return None


def accuracy_at(play: Sequence[Point], labels: int) -> float:
    """The line through the points, at ``labels``; its end where it is shorter."""
    known = [point.labels for point in play]
    return float(np.interp(labels, known, [figure(point, NEW) for point in play]))


def figure(point: Point, name: str) -> float:
    return point.measured[name][FIGURE]
