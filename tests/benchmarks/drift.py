"""Drift by replay of lab pictures: ``python -m tests.benchmarks.drift [STREAMS [CHANGED]]``.

STREAMS (20) are mixed anew each time from pictures at rest: 800 play what the version was trained
on, 500 the month before, and 1,200 come in, looked at each 50 in windows of 200. Nothing changes in
them, so each alarm is false. In CHANGED (10) streams something changes between two looks, and it is
told after how many changed pictures there was an alarm. Needs ../shared/data; the detector sees
each picture once (ten minutes), kept in the system's temporary folder.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from classifier.monitoring.alarms import Alarm, alarms
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import STEP, WINDOW, Against, Reading, look
from classifier.monitoring.pictures import Flags, Pictures, Rows
from tests.benchmarks.drift_lab import Seen, seen_pictures

CACHE = Path(tempfile.gettempdir()) / "drift-lab.npz"
TRAINED_ON, MONTH, LONGEST_MONTH, COMES = 800, 500, 1000, 1200
BEFORE, CHANGED = 250, 250  # pictures that come before the change and after it
BAR = 200  # changed pictures until there must be an alarm
SOURCES = ("anna", "ben", "chris", "dora")  # who labels
CARELESS = 0.05  # of their labels are wrong
TURNED = "chris"

# By layer: after how many changed pictures it alarmed, and which share of those shown are changed.
Told = dict[Layer, tuple[int, float]]
Found = tuple[int, tuple[Alarm, ...], int]  # pictures that had come, alarms, figures beyond chance


@dataclass(frozen=True)
class Stream:
    """Rows of what was seen: to compare with, and in the order in which they come."""

    trained_on: Pictures
    comes: Pictures  # the month before, then the traffic

    def look(self, end: int, seed: int) -> tuple[Reading, ...]:
        """Look at the window of traffic that ends with picture ``end``."""
        first = MONTH + end - WINDOW
        month = self.comes.rows(slice(max(0, first - LONGEST_MONTH), first))
        references = {Against.TRAINED_ON: self.trained_on, Against.LAST_MONTH: month}
        return look(self.comes.rows(slice(first, first + WINDOW)), references, seed=seed)

    def watched(self, ends: Iterable[int]) -> list[Found]:
        before: tuple[Reading, ...] = ()
        found = []
        for end in ends:
            now = self.look(end, end)
            found.append((end, alarms(before, now), sum(reading.beyond for reading in now)))
            before = now
        return found


def pictures(seen: Seen, rows: Rows, rng: np.random.Generator, labelled: float = 1.0) -> Pictures:
    """What a site would know of these rows; ways, sources and who is asked are drawn by chance."""
    cells, n = {name: cell[rows] for name, cell in seen.cells.items()}, len(rows)
    other = np.where(cells["label"] == "ai", "human", "ai")
    told = np.where(rng.random(n) < CARELESS, other, cells["label"])
    settled = rng.random(n) < labelled
    return Pictures(
        containers=cells["container"],
        widths=cells["width"],
        heights=cells["height"],
        qualities=np.where(cells["container"] == "JPEG", cells["quality"], np.nan),
        channels=rng.choice(["page", "api", "import"], n, p=[0.6, 0.3, 0.1]),
        embeddings=cells["embedding"],
        probabilities=cells["probability"],
        verdicts=cells["verdict"],
        labels=np.where(settled, told, ""),
        label_sources=np.where(settled, rng.choice(SOURCES, n), ""),
        audited=rng.random(n) < 0.1,
        agreed=np.where(rng.random(n) < 0.2, rng.random(n) < 0.9, np.nan),
    )


def at_rest(seen: Seen, seed: int) -> list[Found]:
    rng = np.random.default_rng(seed)
    reference, others = np.split(rng.permutation(seen.of("rest")), [TRAINED_ON])
    stream = Stream(pictures(seen, reference, rng), pictures(seen, others[: MONTH + COMES], rng))
    return stream.watched(range(WINDOW, COMES + 1, STEP))


def changing(
    seen: Seen,
    seed: int,
    change: Callable[[Seen, Rows, np.random.Generator], Rows],
    labelled: float = 1.0,
    turned: bool = False,
) -> Told:
    """Let something change once, and tell what each layer's first alarm said."""
    rng = np.random.default_rng(1000 + seed)
    reference, others = np.split(rng.permutation(seen.of("rest")), [TRAINED_ON])
    # The change comes between two looks, so that nothing depends on where exactly.
    before = MONTH + BEFORE + int(rng.integers(STEP))
    rows = np.concatenate([others[:before], change(seen, others[before:], rng)[:CHANGED]])
    comes, other = pictures(seen, rows, rng, labelled), seen.cells["role"][rows] != "rest"
    if turned:
        comes, other = with_labels_turned(comes, before)
    stream, changed_at = Stream(pictures(seen, reference, rng, labelled), comes), before - MONTH
    told: Told = {}
    for end, rung, _ in stream.watched(
        range(BEFORE, min(changed_at + BAR, len(comes) - MONTH) + 1, STEP)
    ):
        window = other[MONTH + end - WINDOW :]
        for alarm in rung:
            shown = float(np.mean(window[alarm.rows]))
            told.setdefault(alarm.reading.figure.layer, (end - changed_at, shown))
    return told


def squeezed(seen: Seen, rows: Rows, rng: np.random.Generator) -> Rows:
    """The same pictures, compressed anew with JPEG of quality 40."""
    again = dict(zip(seen.cells["sha256"][seen.of("squeezed")], seen.of("squeezed"), strict=True))
    found = [again.get(digest) for digest in seen.cells["sha256"][rows]]
    return np.array([row for row in found if row is not None])


def new_generator(
    seen: Seen, rows: Rows, rng: np.random.Generator, *, name: str, share: float
) -> Rows:
    """In place of so many of the AI pictures come those of a generator that was not there."""
    rows = rows[:CHANGED]
    mine = [row for row in seen.of("new") if seen.cells["generator"][row].startswith(name)]
    new = iter(rng.permutation(mine).tolist())
    is_ai = seen.cells["label"][rows] == "ai"
    replaced = is_ai & (rng.random(len(rows)) < share)
    changed = zip(rows.tolist(), replaced, strict=True)
    return np.array([next(new) if swap else row for row, swap in changed])


def nothing(seen: Seen, rows: Rows, rng: np.random.Generator) -> Rows:
    return rows


def with_labels_turned(comes: Pictures, since: int) -> tuple[Pictures, Flags]:
    """From there on one of four sources says the opposite; and which labels these are."""
    assert comes.labels is not None
    assert comes.label_sources is not None
    theirs = (comes.label_sources == TURNED) & (np.arange(len(comes)) >= since)
    opposite = np.where(comes.labels == "ai", "human", "ai")
    return replace(comes, labels=np.where(theirs, opposite, comes.labels)), theirs


CHANGES = {
    "JPEG q40 recompression": partial(changing, change=squeezed),
    "Gemini in place of all AI pictures": partial(
        changing, change=partial(new_generator, name="gemini", share=1.0)
    ),
    "the same, nothing labelled": partial(
        changing, change=partial(new_generator, name="gemini", share=1.0), labelled=0.0
    ),
    "Gemini in place of half of them": partial(
        changing, change=partial(new_generator, name="gemini", share=0.5)
    ),
    "DALL-E 2 in place of half of them": partial(
        changing, change=partial(new_generator, name="dalle-2", share=0.5)
    ),
    "one of four label sources turned, all labelled": partial(
        changing, change=nothing, turned=True
    ),
    "one of four turned, three of ten labelled": partial(
        changing, change=nothing, turned=True, labelled=0.3
    ),
}


def main(streams: int, changed: int) -> None:
    seen = seen_pictures(CACHE, lambda words: print(words, file=sys.stderr))
    with ProcessPoolExecutor(2) as pool:
        rest = list(pool.map(partial(at_rest, seen), range(streams)))
        print(rest_words(rest))
        print("\n| change | alarmed | changed pictures until then | layers |")
        print("|---|---|---|---|")
        for name, change in CHANGES.items():
            told = list(pool.map(partial(change, seen), range(changed)))
            print(change_words(name, told), flush=True)


def rest_words(rest: Sequence[Sequence[Found]]) -> str:
    looks = [found for stream in rest for found in stream]
    windows = len(rest) * COMES // WINDOW
    marked = sum(beyond > 0 for _, _, beyond in looks)
    rung = sum(bool(rang) for _, rang, _ in looks)
    streams = sum(any(alarm for _, alarm, _ in stream) for stream in rest)
    names = sorted({a.reading.figure.name for _, rang, _ in looks for a in rang})
    return (
        f"At rest: {len(rest)} streams, {windows} windows that share no picture, {len(looks)} "
        f"looks. Looks with a figure beyond chance: {marked}. Looks with an alarm: {rung}, in "
        f"{streams} streams ({', '.join(names) or 'none'})."
    )


def change_words(name: str, streams: Sequence[Told]) -> str:
    """One line of the table: median (range) of the first alarm, then layer by layer."""
    first = sorted(min(delay for delay, _ in told.values()) for told in streams if told)
    layers = [words for layer in Layer if (words := _layer_words(streams, layer))]
    span = f"{int(np.median(first))} ({first[0]}-{first[-1]})" if first else "never"
    return f"| {name} | {len(first)} of {len(streams)} | {span} | {'; '.join(layers) or 'none'} |"


def _layer_words(streams: Sequence[Told], layer: Layer) -> str:
    """In how many streams it alarmed, after how many pictures, how many of those shown changed."""
    found = [told[layer] for told in streams if layer in told]
    if not found:
        return ""
    delays, shown = zip(*found, strict=True)
    return f"{layer} {len(found)} ({int(np.median(delays))}, {np.mean(shown):.0%})"


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    main(*(counts + [20, 10][len(counts) :]))
