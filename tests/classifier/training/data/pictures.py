"""Files with shapes in them that no two seeds share, written in whatever way a test needs."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from classifier.training.data.entry import Entry
from classifier.training.data.look import Look, look_at
from classifier.vocabulary import Label


def scene(seed: int, *, width: int = 200, height: int = 150) -> Image.Image:
    """Blobs of colour with some grain: two seeds are no more alike than two photographs."""
    rng = np.random.default_rng(seed)
    blobs = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    smooth = np.asarray(blobs.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    return Image.fromarray(np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype("u1"))


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def entry(path: Path, label: Label = Label.AI, **facts: Any) -> Entry:
    words: dict[str, Any] = {
        "split": "train",
        "generator": label,
        "source": "tests",
        "group": path.name,
    } | facts
    return Entry(path, label, **words)


def look(path: Path, data: bytes, label: Label = Label.AI, **facts: Any) -> Look:
    """Write a file and look at it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    seen = look_at(entry(path, label, **facts))
    assert isinstance(seen, Look)
    return seen


def class_folders(root: Path, ai: Sequence[bytes], human: Sequence[bytes]) -> Path:
    """Write ``root/ai`` and ``root/human`` and return ``root``."""
    for label, files in ((Label.AI, ai), (Label.HUMAN, human)):
        (root / label).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(files):
            (root / label / f"{number:03}.png").write_bytes(data)
    return root
