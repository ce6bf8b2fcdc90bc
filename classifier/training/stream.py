"""The world moved: how the detector does on tomorrow's pictures, before and after learning."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.detector.decision import Judge
from classifier.detector.embedder import Embedder, mean_over
from classifier.detector.replay import Replay
from classifier.training.dataset import read_pixels
from classifier.training.judging import disagreements
from classifier.training.manifest import Entry
from classifier.training.metrics import measure
from classifier.training.progress import Progress
from classifier.training.relearn import Examples, relearn

ARRIVES, TEST = "arrives", "test"
WHAT = (
    "Pictures of generators that it never saw, beside new human ones: as shipped, and after a "
    "refit on the {count} labels of pictures that arrived with them. Nothing of this was used "
    "to train what is shipped."
)


def stream_figures(
    judge: Judge, embedder: Embedder, replay: Replay, entries: Sequence[Entry], progress: Progress
) -> dict[str, Any]:
    """Measure the stream's ``test`` split as it is and after a refit on what ``arrives``."""
    arrives = _examples(judge, embedder, entries, ARRIVES, progress)
    test = _examples(judge, embedder, entries, TEST, progress)
    groups = [entry.generator for entry in entries if entry.split == TEST]
    learned = relearn(judge, replay, arrives).judge
    return {
        "what": WHAT.format(count=len(arrives.labels)),
        "as shipped": _figures(judge, test, groups),
        "after a refit": _figures(learned, test, groups),
    }


def _examples(
    judge: Judge, embedder: Embedder, entries: Sequence[Entry], split: str, progress: Progress
) -> Examples:
    chosen = [entry for entry in entries if entry.split == split]
    progress(0.0, f"embedding {len(chosen)} pictures of the stream ({split})")
    views = [embedder.embed_views(read_pixels(entry)) for entry in chosen]
    return Examples(
        np.array([mean_over(seen) for seen in views]),
        [entry.label for entry in chosen],
        [str(entry.path) for entry in chosen],
        disagreements(judge.head, views),
    )


def _figures(judge: Judge, test: Examples, groups: Sequence[str]) -> dict[str, Any]:
    said = judge.judge(test.embeddings, disagreements=test.disagreements)
    return measure(said.probabilities, test.labels, said.verdicts, groups).to_dict()
