"""What the replay of drift is made of: lab pictures as people might send them, and seen once.

Each picture is saved anew in a form drawn from its own digest (JPEG of several qualities, WebP,
PNG), so that traffic at rest is as mixed as a site's. Nothing here knows which label a picture has
when it draws.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.detector import Detector, Finding
from classifier.monitoring.pictures import Column
from classifier.training.data.traits import Traits, traits_of

LAB = Path("../shared/data")
AT_REST, SQUEEZED = 2500, 600
QUALITIES = (70, 75, 80, 85, 90, 95)
STRONG = 40  # the quality of the recompression that must be noticed

Row = dict[str, str]


@dataclass(frozen=True)
class Seen:
    """N pictures: ``cells`` holds (N,) columns and ``embedding`` (N, D); ``role`` says whose."""

    cells: dict[str, Column]

    def __len__(self) -> int:
        return len(self.cells["role"])

    def of(self, role: str) -> npt.NDArray[np.int64]:
        return np.flatnonzero(self.cells["role"] == role)


def seen_pictures(cache: Path, tell: Callable[[str], None] = lambda words: None) -> Seen:
    """Read the cache, or let the shipped detector see every picture first (minutes)."""
    if not cache.is_file():
        _see_all(cache, tell)
    with np.load(cache, allow_pickle=False) as file:
        return Seen({name: file[name] for name in file.files})


def _see_all(cache: Path, tell: Callable[[str], None]) -> None:
    detector = Detector.load(shipped_bundle_path())
    roles = _roles(list(csv.DictReader((LAB / "manifest.csv").open(encoding="utf-8"))))
    told: list[tuple[str, Row, Traits, Finding]] = []
    for number, (role, row) in enumerate(roles):
        data = as_sent(LAB / row["path"], row["sha256"], squeezed=role == "squeezed")
        told.append((role, row, traits_of(data), detector.examine(data)))
        if number % 100 == 0:
            tell(f"{number} of {len(roles)} pictures seen")
    np.savez(cache, allow_pickle=False, **_columns(told))


def _roles(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """At rest is the pool of the shipped detector, first what it did not learn from."""
    pool = [row for row in rows if row["path"].startswith("train/")]
    order = np.random.default_rng(0).permutation(len(pool))
    mixed = sorted((pool[place] for place in order), key=lambda row: row["split"] == "train")
    rest = mixed[:AT_REST]
    new = [row for row in rows if row["path"].startswith("stream/") and row["label"] == "ai"]
    return [
        *(("rest", row) for row in rest),
        *(("new", row) for row in new),
        *(("squeezed", rest[place]) for place in order[order < AT_REST][:SQUEEZED]),
    ]


def as_sent(path: Path, sha256: str, *, squeezed: bool = False) -> bytes:
    """The file that somebody hands in; ``squeezed`` is that file again as JPEG of quality 40."""
    draw = np.random.default_rng(int(sha256[:16], 16))
    form, quality = draw.random(), int(draw.choice(QUALITIES))
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if form < 0.1:
        data = _saved(image, "PNG")
    else:
        data = _saved(image, "WEBP" if form < 0.2 else "JPEG", quality=quality)
    return _saved(Image.open(BytesIO(data)), "JPEG", quality=STRONG) if squeezed else data


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _columns(told: Iterable[tuple[str, Row, Traits, Finding]]) -> dict[str, Column]:
    """One (N,) array for each column, (N, D) for the embeddings. No quality is NaN."""
    roles, rows, traits, findings = zip(*told, strict=True)
    return {
        "role": np.array(roles),
        "label": np.array([row["label"] for row in rows]),
        "generator": np.array([row["generator"] for row in rows]),
        "sha256": np.array([row["sha256"] for row in rows]),
        "container": np.array([trait.container for trait in traits]),
        "width": np.array([trait.width for trait in traits], dtype=np.float64),
        "height": np.array([trait.height for trait in traits], dtype=np.float64),
        "quality": np.array([trait.quality or np.nan for trait in traits], dtype=np.float64),
        "embedding": np.array([finding.embedding for finding in findings], dtype=np.float32),
        "probability": np.array([finding.probability_ai for finding in findings]),
        "logit": np.array([finding.logit for finding in findings]),
        "verdict": np.array([finding.verdict.value for finding in findings]),
    }
