"""What fine-tuning brings beyond a refit, on the lab stream: new generators, and pictures known.

``python -m tests.benchmarks.finetuning [--each 50] [--epochs 3] [--known 60]`` learns from so many
arrived pictures of each class, and measures on the stream's test and on as many known test
pictures of each class. A few minutes of one core.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifier.detector.bundle import Bundle, read_bundle, shipped_bundle_path
from classifier.detector.decision import Judge
from classifier.training.drift import measure_drift
from classifier.training.export import export_backbone
from classifier.training.finetune import learn_on
from classifier.training.manifest import Entry, held_back_entries, learnable_entries
from classifier.training.metrics import measure
from classifier.training.read_back import config_of
from classifier.training.recipe import Recipe
from classifier.training.relearn import Examples, relearn
from classifier.training.seen_anew import Eyes, SeenTwice, Settled
from classifier.vocabulary import Label
from tests.requirements import require_lab_data


def some(entries: Sequence[Entry], split: str, of_each: int) -> list[Entry]:
    """Evenly over what there is of each class."""
    chosen = []
    for label in Label:
        known = [one for one in entries if one.split == split and one.label is label]
        places = np.linspace(0, len(known) - 1, min(of_each, len(known))).round().astype(int)
        chosen += [known[place] for place in places]
    return chosen


def unseen(entries: Sequence[Entry], width: int) -> Settled:
    """Pictures that no network has looked at yet."""
    blank = np.zeros((len(entries), width), np.float32)
    labels = [one.label for one in entries]
    ids = [str(one.path) for one in entries]
    return Settled(Examples(blank, labels, ids), [one.path for one in entries])


def as_parent(seen: SeenTwice) -> Examples:
    """The same pictures as the parent's network sees them."""
    return Examples(seen.parent, seen.child.labels, seen.child.ids)


def tell(name: str, judge: Judge, pictures: Examples) -> None:
    said = judge.judge(pictures.embeddings)
    figures = measure(said.probabilities, pictures.labels, said.verdicts)
    right = (said.probabilities >= 0.5) == np.array([one is Label.AI for one in pictures.labels])
    is_ai = np.array([one is Label.AI for one in pictures.labels])
    balanced = (right[is_ai].mean() + right[~is_ai].mean()) / 2
    assert figures.auroc is not None
    print(
        f"{name:42} AUROC {figures.auroc.value:.3f}  right at one half {balanced:.3f}", flush=True
    )


def main(of_each: int, known: int, recipe: Recipe) -> None:
    manifest = require_lab_data() / "manifest.csv"
    root: Bundle = read_bundle(shipped_bundle_path())
    width, stream = len(root.head().weight), held_back_entries(manifest)
    learning = unseen(some(stream, "arrives", of_each), width)
    new = unseen(some(stream, "test", 10_000), width)
    old = unseen(some(learnable_entries(manifest), "test", known), width)
    print(f"{len(learning.files)} to learn from, {len(new.files)} new, {len(old.files)} known")

    with tempfile.TemporaryDirectory() as folder:
        work, started = Path(folder), time.process_time()
        network = learn_on(
            root, learning, recipe, work, lambda share, words: print(words, flush=True)
        )
        graph = work / "backbone.onnx"
        config = config_of(root)
        export_backbone(
            network.backbone, graph, crop=root.preprocessing.crop,
            weights=config.compression.weights,
        )  # fmt: skip
        print(f"learned in {time.process_time() - started:.0f} s of processor time", flush=True)
        eyes = Eyes(root, graph, known=False)
        learned, on_new, on_old = (
            eyes.look(one, lambda share, words: None) for one in (learning, new, old)
        )
    drift = measure_drift(learned.parent, learned.child.embeddings)
    print(f"embeddings moved by {drift.moved:.3f} deviations, {drift.unexplained:.3f} unexplained")
    spread = on_old.parent.std(axis=0)
    for name, where in (("as they were", on_old.parent), ("mapped", drift.of(on_old.parent))):
        off = np.sqrt(np.mean(((on_old.child.embeddings - where) / spread) ** 2))
        print(f"known pictures lie {off:.3f} deviations from where they are taken to be, {name}")

    refit = relearn(root.judge(), root.replay(), as_parent(learned)).judge
    tuned = relearn(root.judge(), drift.replay(root.replay()), learned.child).judge
    for title, judge in (("as shipped", root.judge()), ("refit", refit)):
        tell(f"{title}, new generators", judge, as_parent(on_new))
        tell(f"{title}, known pictures", judge, as_parent(on_old))
    tell("fine-tuned, new generators", tuned, on_new.child)
    tell("fine-tuned, known pictures", tuned, on_old.child)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--known", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--rate", type=float, default=Recipe.learning_rate)
    parser.add_argument("--pull", type=float, default=Recipe.pull)
    given = parser.parse_args()
    main(
        given.each,
        given.known,
        Recipe(epochs=given.epochs, learning_rate=given.rate, pull=given.pull, threads=1),
    )
