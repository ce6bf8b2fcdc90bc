"""What is told by the bundles themselves: how large they are and how long a look takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.detector.bundle import Bundle
from classifier.detector.decoding import Pixels
from classifier.detector.embedder import Embedder
from classifier.training.gate.row import MEGABYTES, RATIO, GateRow, written

MEGABYTE = 1_000_000
# What a bundle may weigh in any case, and how much more than the champion.
DEFAULT_SIZE, GROWTH = 45.0, 1.1
# The challenger may take so much longer for a look than the champion, beside it in one run.
SLOWER = 1.25
ROUNDS = 15
SIDES = ((512, 512), (480, 640), (224, 224))
BUNDLES = "bundles"
SIZE, TIME = "size", "time for a look"

Look = Callable[[], object]


@dataclass(frozen=True)
class Value:
    """A value of both bundles, and the ends of its interval and the limit as they are.

    A row of the gate holds the loss instead, so it is the distance from ``before`` there.
    """

    name: str
    before: float
    now: float
    low: float | None
    high: float | None
    most: float
    unit: str

    def row(self, *, ok: bool, words: str) -> GateRow:
        def loss(value: float | None) -> float | None:
            return None if value is None else round(value - self.before, 4)

        return GateRow(
            name=self.name,
            set=BUNDLES,
            slice="",
            n=0,
            before=round(self.before, 4),
            now=round(self.now, 4),
            worse_by=loss(self.now),
            low=loss(self.low),
            high=loss(self.high),
            threshold=loss(self.most),
            ok=ok,
            words=words,
            unit=self.unit,
        )


def file_rows(champion: Bundle, challenger: Bundle) -> list[GateRow]:
    """Return the rows on size and time; with the same network nothing is run."""
    same = (champion.backbone_digest, champion.preprocessing) == (
        challenger.backbone_digest,
        challenger.preprocessing,
    )
    size = size_row(bundle_size(champion.path), bundle_size(challenger.path))
    return [size, same_time_row() if same else latency_row(champion, challenger)]


def same_network_rows(champion: Bundle) -> list[GateRow]:
    """Return the rows of a challenger that copies the champion's network and replay set."""
    size = bundle_size(champion.path)
    return [size_row(size, size), same_time_row()]


def bundle_size(path: Path) -> int:
    """How many bytes a bundle has."""
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def size_row(before: int, now: int) -> GateRow:
    """Compare the bytes of two bundles."""
    old, new = before / MEGABYTE, now / MEGABYTE
    most = max(DEFAULT_SIZE, GROWTH * old)
    ok = new <= most
    words = (
        f"{SIZE} ({BUNDLES}): {written(old, MEGABYTES)} before, {written(new, MEGABYTES)} now; "
        f"{'fine' if ok else 'too large'}, {written(most, MEGABYTES)} are allowed."
    )
    value = Value(SIZE, old, new, None, None, most, MEGABYTES)
    return value.row(ok=ok, words=words)


def same_time_row() -> GateRow:
    """The network and the way to cut crops are the champion's, byte for byte."""
    words = f"{TIME} ({BUNDLES}): the same network on the same crops, so nothing was run."
    return Value(TIME, 1.0, 1.0, None, None, SLOWER, RATIO).row(ok=True, words=words)


def latency_row(champion: Bundle, challenger: Bundle) -> GateRow:
    """Let both look at the same fixed pictures in turn, on one thread, and compare the times."""
    pictures = fixed_pictures()
    ratios = interleaved(_looks(champion, pictures), _looks(challenger, pictures))
    return time_row(ratios)


def time_row(ratios: Sequence[float]) -> GateRow:
    """Decide by the median; the interval is that of the median, drawn again over the rounds."""
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(ratios, (500, len(ratios))), axis=1)
    low, high = np.percentile(medians, [2.5, 97.5])
    now = float(np.median(ratios))
    ok = now <= SLOWER
    words = (
        f"{TIME} ({BUNDLES}): {written(now, RATIO)} that of the version before, in "
        f"{len(ratios)} rounds side by side; {'fine' if ok else 'too slow'}, "
        f"{written(SLOWER, RATIO)} is allowed."
    )
    value = Value(TIME, 1.0, now, float(low), float(high), SLOWER, RATIO)
    return value.row(ok=ok, words=words)


def interleaved(
    champion: Look,
    challenger: Look,
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.thread_time,
) -> list[float]:
    """Return how much longer the challenger takes in each round; who is first changes in turn.

    The clock counts this thread's own processor time, so that neighbours matter little.
    """
    champion(), challenger()  # the first look of each also warms it up
    ratios = []
    for number in range(rounds):
        pair = (champion, challenger) if number % 2 else (challenger, champion)
        took = {look: _seconds(look, clock) for look in pair}
        ratios.append(took[challenger] / max(took[champion], 1e-9))
    return ratios


def fixed_pictures() -> list[Pixels]:
    """Noise of a few sizes: what it shows does not matter for the time."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*side, 3), dtype=np.uint8) for side in SIDES]


def _looks(bundle: Bundle, pictures: Sequence[Pixels]) -> Look:
    embedder = Embedder(bundle.backbone, bundle.preprocessing, threads=1)
    return lambda: [embedder.embed_views(pixels) for pixels in pictures]


def _seconds(look: Look, clock: Callable[[], float]) -> float:
    started = clock()
    look()
    return clock() - started
