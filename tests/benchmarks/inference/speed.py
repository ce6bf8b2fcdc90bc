"""Time of the processor for one crop, side by side: each round runs every way in turn."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from classifier.detector.decoding import Pixels
from tests.benchmarks.inference.fresh import random_pixels
from tests.benchmarks.inference.variants import Embed, Variant

ROUNDS, IN_A_ROW = 15, 3
FRESH = "tests.benchmarks.inference.fresh"


@dataclass(frozen=True)
class Speed:
    """Milliseconds of one core for a crop; ``ratio`` is the median of each round's ratio."""

    median: float
    least: float
    ratio: float


def speeds(ways: Sequence[Variant], crop: int, *, against: str) -> dict[str, Speed]:
    """Time the ways and return each one's speed, and its ratio to that of ``against``."""
    spent: dict[str, list[float]] = {way.name: [] for way in ways}
    for number in range(ROUNDS):
        pixels = random_pixels(1, crop, crop, 3, seed=number)
        for way in ways:
            # Several in a row, as serving does: the first one fetches the weights from memory.
            spent[way.name].append(median(_once(way.embed, pixels) for _ in range(IN_A_ROW)))
    return {name: _speed(times, spent[against]) for name, times in spent.items()}


def fresh(arguments: Sequence[str]) -> Mapping[str, float]:
    """Run one way in a process of its own and return what it says that it took."""
    command = [sys.executable, "-m", FRESH, *arguments]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: Mapping[str, float] = json.loads(said.splitlines()[-1])
    return figures


def _speed(times: Sequence[float], reference: Sequence[float]) -> Speed:
    ratio = median(own / other for own, other in zip(times, reference, strict=True))
    return Speed(median(times), min(times), ratio)


def _once(embed: Embed, pixels: Pixels) -> float:
    began = time.process_time()
    embed(pixels)
    return 1000 * (time.process_time() - began)
