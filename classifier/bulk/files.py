"""Finding the pictures among files and folders, and saying of each what it is."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from classifier.detector.decoding import MAX_BYTES
from classifier.detector.detector import Detector
from classifier.detector.headers import SUFFIXES, sniff
from classifier.errors import PictureRefused

AHEAD = 4  # files in work for each thread, so that memory stays bounded and order is kept


@dataclass(frozen=True)
class Row:
    """One file and what is said of it; either ``verdict`` or ``error`` is filled."""

    path: str
    probability_ai: float | None
    verdict: str
    model_version: str
    error: str


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and of each folder those below it that are, or claim to be, pictures."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(file for file in path.rglob("*") if file.is_file())
            found += (file for file in below if looks_like_picture(file))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def looks_like_picture(file: Path) -> bool:
    """By its first bytes; a broken file with a picture's name counts, so that it gets its error."""
    if file.suffix.lower() in SUFFIXES:
        return True
    try:
        with file.open("rb") as opened:
            return sniff(opened.read(16)) is not None
    except OSError:
        return False


def classify_files(
    files: Iterable[Path], *, name: str, detector: Detector, threads: int | None = None
) -> Iterator[Row]:
    """Yield a row for each file, in order, while others are worked on in threads."""
    threads = threads or os.cpu_count() or 1
    waiting: deque[Future[Row]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for file in files:
            waiting.append(pool.submit(classify_file, file, name, detector))
            if len(waiting) > AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def classify_file(file: Path, name: str, detector: Detector) -> Row:
    """Never raises: whatever is wrong with one file is said in its row."""
    try:
        with file.open("rb") as opened:
            finding = detector.examine(opened.read(MAX_BYTES + 1))
    except PictureRefused as error:
        return Row(str(file), None, "", name, error.message)
    except OSError as error:
        return Row(str(file), None, "", name, f"The file cannot be read: {error.strerror}.")
    except Exception as error:  # one strange file must not end the run
        return Row(str(file), None, "", name, f"Unexpected: {type(error).__name__}: {error}")
    return Row(str(file), round(finding.probability_ai, 4), finding.verdict.value, name, "")
