"""A stream to play: plain colours in a folder with a manifest, as the lab's has one."""

import csv
from pathlib import Path

from classifier.vocabulary import Label
from tests.worker.small import picture

COLUMNS = ("path", "label", "source", "generator", "group", "split")
# What is known when it begins, what arrives, and what measures; seeds that never meet.
PARTS = {
    ("train", "train"): range(400, 404),
    ("train", "val"): range(404, 408),
    ("train", "test"): range(408, 414),
    ("stream", "arrives"): range(20),
    ("stream", "test"): range(200, 206),
}


def make_stream(folder: Path) -> Path:
    """Write 20 pictures of each class that arrive, and 6 in each test; return ``folder``."""
    rows = [COLUMNS]
    for (pool, split), seeds in PARTS.items():
        for label in Label:
            for seed in seeds:
                path = folder / pool / label / f"{seed:03}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(picture(label, seed))
                name = str(path.relative_to(folder))
                rows.append((name, label.value, "toy", f"toy {label}", f"{label} {seed}", split))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder
