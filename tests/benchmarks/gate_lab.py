"""The gate's table for a good and a bad refit: ``python -m tests.benchmarks.gate_lab``.

The shipped bundle meets the lab's stream. Of what arrives 60 pictures play the gold that people
settled, 60 the audit sample, 24 that it answers rightly, but only just, the regression set, and
the rest is learned from: once as people would label it, and once with every label turned around.
Needs ../shared/data; embeddings are kept in var/evaluation.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from classifier.detector.bundle import Bundle, read_bundle, shipped_bundle_path
from classifier.errors import RefitFailed
from classifier.training.facts import Facts
from classifier.training.gate import AUDIT, GOLD, REGRESSION, GateDecision, GateRow
from classifier.training.gate.row import difference, written
from classifier.training.manifest import held_back_entries
from classifier.training.metrics import Judged
from classifier.training.refit import refit
from classifier.training.relearn import Examples
from classifier.training.stored import Stored, stored_embeddings
from classifier.training.tiers import CLEAN
from classifier.vocabulary import Label

MANIFEST, CACHE = Path("../shared/data/manifest.csv"), Path("var/evaluation")
MEASURED, PUT_RIGHT = 60, 24
Rows = Sequence[int]


def main() -> None:
    bundle = read_bundle(shipped_bundle_path())
    entries = [entry for entry in held_back_entries(MANIFEST) if entry.split == "arrives"]
    stored = stored_embeddings(
        bundle, entries, (CLEAN,), CACHE, progress=lambda _, words: print(words, file=sys.stderr)
    )
    rows = shares(bundle, stored)
    held_out = {name: chosen(stored, rows[name]) for name in (GOLD, AUDIT, REGRESSION)}
    good = chosen(stored, rows["train"])
    for title, train in (("labelled as they are", good), ("every label turned", turned(good))):
        print(f"\n## {len(train.labels)} pictures, {title}\n")
        print(told(bundle, train, held_out))


def shares(bundle: Bundle, stored: Stored) -> dict[str, Rows]:
    """Which row plays what."""
    order = np.random.default_rng(0).permutation(len(stored.entries)).tolist()
    just = just_right(bundle, chosen(stored, order))
    kept = {order[place] for place in just}
    left = [row for row in order if row not in kept]
    return {
        REGRESSION: sorted(kept),
        GOLD: left[:MEASURED],
        AUDIT: left[MEASURED : 2 * MEASURED],
        "train": left[2 * MEASURED :],
    }


def just_right(bundle: Bundle, some: Examples) -> Rows:
    """The places of pictures with a right verdict that is the least sure of itself."""
    said = bundle.judge().judge(some.embeddings, disagreements=some.disagreements)
    judged = Judged.of(said.probabilities, some.labels, said.verdicts)
    sure = np.where(judged.right, np.abs(judged.probabilities - 0.5), np.inf)
    return [int(place) for place in np.argsort(sure)[:PUT_RIGHT]]


def chosen(stored: Stored, rows: Rows) -> Examples:
    column = stored.column(CLEAN)
    entries = [stored.entries[row] for row in rows]
    return Examples(
        stored.embeddings[list(rows), column].astype(np.float32),
        [entry.label for entry in entries],
        [str(entry.path) for entry in entries],
        stored.disagreements[list(rows), column].astype(np.float64),
        [facts_of(entry.path) for entry in entries],
    )


def facts_of(path: Path) -> Facts:
    with Image.open(path) as image:
        return Facts(*image.size, path.stat().st_size, f"image/{(image.format or '').lower()}")


def turned(train: Examples) -> Examples:
    labels = [Label.HUMAN if label is Label.AI else Label.AI for label in train.labels]
    return Examples(train.embeddings, labels, train.ids, train.disagreements, train.facts)


def told(bundle: Bundle, train: Examples, held_out: dict[str, Examples]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = refit(
                parent=bundle.path,
                train=train,
                held_out=held_out,
                out=Path(folder) / "challenger",
                lineage={},
            )
        except RefitFailed as error:
            return error.message
    return table(result.decision)


def table(decision: GateDecision) -> str:
    """Return what is decided, and every row as Markdown."""
    head = ["set", "check", "pictures", "before", "now", "worse by", "allowed", ""]
    lines = [head, ["---", "---", "---:", "---:", "---:", "---:", "---:", "---"]]
    lines += [cells(row) for row in decision.rows]
    failed = len(decision.failed)
    verdict = "accepted" if decision.passed else f"refused, {failed} checks failed"
    return f"**{verdict}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: GateRow) -> list[str]:
    place = f"{row.set}, {row.slice}" if row.slice else row.set
    if row.before is None or row.now is None or row.worse_by is None or row.threshold is None:
        return [place, row.name, str(row.n), "–", "–", "–", "–", "too few" if row.ok else "**no**"]
    loss = difference(row.worse_by, row.unit)
    if row.low is not None and row.high is not None:
        low, high = (difference(end, row.unit) for end in (row.low, row.high))
        loss += f" ({low.removesuffix(' points')} to {high.removesuffix(' points')})"
    return [
        place,
        row.name,
        str(row.n or ""),
        written(row.before, row.unit),
        written(row.now, row.unit),
        loss,
        difference(row.threshold, row.unit),
        "yes" if row.ok else "**no**",
    ]


if __name__ == "__main__":
    main()
