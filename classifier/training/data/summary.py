"""What the files of a class, a generator or an origin have in common."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.training.data.look import Look
from classifier.training.data.traits import Traits
from classifier.vocabulary import Label

Shares = Mapping[str, float]
# The fifth, the fiftieth and the ninety-fifth of a hundred, in order.
Spread = tuple[float, float, float]


@dataclass(frozen=True)
class Crops:
    """Sides in pixels of the squares that the network sees, while it learns and afterwards."""

    training: int
    serving: int


@dataclass(frozen=True)
class Summary:
    """``n`` files. Shares are of ``n``; edges are in pixels, quality is as in Traits.

    ``common_size`` is the width × height that most of them have. ``mirrored`` is the share whose
    short edge is less than a training crop, ``mirrored_serving`` less than a crop of serving: the
    network sees mirrored borders there.
    """

    name: str
    label: Label
    n: int
    containers: Shares
    common_size: str
    common_size_share: float
    short_edge: Spread
    long_edge: Spread
    square: float
    quality: Spread | None
    subsampling: Shares
    metadata: Shares
    bytes_per_pixel: Spread
    mirrored: float
    mirrored_serving: float


def summaries(looks: Sequence[Look], crops: Crops) -> list[Summary]:
    """Return one summary for each class, human first."""
    return [
        _summary(label, label, found, crops)
        for label in Label
        if (found := [look.traits for look in looks if look.entry.label is label])
    ]


def summaries_by_origin(looks: Sequence[Look], crops: Crops) -> list[Summary]:
    """Return one summary for each generator, or origin of human pictures."""
    parts: dict[tuple[Label, str], list[Traits]] = {}
    for look in looks:
        parts.setdefault((look.entry.label, look.entry.generator), []).append(look.traits)
    return [_summary(name, label, parts[label, name], crops) for label, name in sorted(parts)]


def _summary(name: str, label: Label, traits: Sequence[Traits], crops: Crops) -> Summary:
    size, count = Counter((t.width, t.height) for t in traits).most_common(1)[0]
    qualities = [t.quality for t in traits if t.quality is not None]
    return Summary(
        name=str(name),
        label=label,
        n=len(traits),
        containers=_shares(t.container for t in traits),
        common_size=f"{size[0]} × {size[1]}",
        common_size_share=round(count / len(traits), 4),
        short_edge=_spread([min(t.width, t.height) for t in traits]),
        long_edge=_spread([max(t.width, t.height) for t in traits]),
        square=_share(t.width == t.height for t in traits),
        quality=_spread(qualities) if qualities else None,
        subsampling=_shares(t.subsampling for t in traits),
        metadata={
            kind: _share(kind in t.metadata for t in traits)
            for kind in sorted(frozenset().union(*(t.metadata for t in traits)))
        },
        bytes_per_pixel=_spread([t.bytes_per_pixel for t in traits], digits=3),
        mirrored=_share(min(t.width, t.height) < crops.training for t in traits),
        mirrored_serving=_share(min(t.width, t.height) < crops.serving for t in traits),
    )


def _shares(values: Iterable[Hashable]) -> Shares:
    counts = Counter(values)
    return {str(value): round(n / counts.total(), 4) for value, n in counts.most_common()}


def _share(flags: Iterable[bool]) -> float:
    return round(float(np.mean(list(flags))), 4)


def _spread(values: Sequence[float], *, digits: int = 0) -> Spread:
    low, middle, high = (round(float(v), digits) for v in np.percentile(values, [5, 50, 95]))
    return low, middle, high
