"""Snapshots as folders: brought from the storage, carried to it, and looked through.

A folder is a small storage of its own, with the same names in it: the pictures in ``images/``, the
manifest beside them. No database is asked, so that a machine that only trains can do this.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256 as digest_of
from pathlib import Path
from typing import Literal

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from classifier.errors import AivhError
from classifier.training.parallel import in_order
from labelling.errors import InvalidRequest, NotFound
from labelling.originals import name_by_content, possible_names
from labelling.storage import WholeFileStorage, storage_is_local
from worker.services.manifest import (
    FILE,
    FOLDER,
    SHA256,
    Line,
    SnapshotUnusable,
    manifest_name,
    read_manifest,
)
from worker.services.pictures import THREADS, PictureCorrupt, read_by_digest

SHORTEST_START = 6

# It was there before, it was brought now, or the source has lost it.
Outcome = Literal["there", "brought", "missing"]


@dataclass
class Report:
    """What became of a snapshot's pictures; each is counted once.

    ``failed`` has a sentence for each picture that could not be had or written this time.
    """

    digest: str
    pictures: int
    there: int = 0
    brought: int = 0
    missing: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, line: Line, outcome: Outcome | Exception) -> None:
        if isinstance(outcome, Exception):
            said = outcome.message if isinstance(outcome, AivhError) else repr(outcome)
            self.failed[line.sha256] = said
        elif outcome == "missing":
            self.missing.append(line.sha256)
        else:
            setattr(self, outcome, getattr(self, outcome) + 1)


Told = Callable[[Report], None]


def stored_digests() -> list[str]:
    """The digests of all snapshots in the storage."""
    try:
        folders, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    return sorted(name for name in folders if SHA256.fullmatch(name))


def find_digest(start: str) -> str:
    """Return the digest that begins so. Raises InvalidRequest (too short, or several), NotFound."""
    if SHA256.fullmatch(start):
        return start
    if len(start) < SHORTEST_START:
        raise InvalidRequest(f"Give at least {SHORTEST_START} characters of the digest.")
    found = [digest for digest in stored_digests() if digest.startswith(start)]
    if not found:
        raise NotFound(f"No snapshot in the storage begins with {start}.")
    if len(found) > 1:
        raise InvalidRequest(f"{len(found)} snapshots begin with {start}. Give more characters.")
    return found[0]


def stored_manifest(digest: str) -> bytes:
    """Return a stored snapshot's manifest, compared with its name.

    Raises NotFound and SnapshotUnusable.
    """
    content = _read(default_storage, manifest_name(digest))
    if digest_of(content).hexdigest() != digest:
        raise SnapshotUnusable(f"The stored manifest of {digest} is not as it was put there.")
    return content


def pull(digest: str, folder: Path, *, threads: int = THREADS, told: Told) -> Report:
    """Bring a snapshot into ``folder``; run again, it goes on where it stopped.

    The manifest comes last, and only when no picture failed, so a folder that has one is done.
    Raises NotFound and SnapshotUnusable.
    """
    content = stored_manifest(digest)
    target = WholeFileStorage(location=folder)
    bring = partial(_bring, source=default_storage, target=target)
    report = _each(content, bring, threads=threads, told=told)
    if not report.failed:
        target.save(FILE, ContentFile(content))
    return report


def push(folder: Path, *, threads: int = THREADS, told: Told) -> Report:
    """Carry a pulled folder into the storage, in the same way.

    Raises NotFound and SnapshotUnusable.
    """
    source = WholeFileStorage(location=folder)
    content = _read(source, FILE)
    bring = partial(_bring, source=source, target=default_storage)
    report = _each(content, bring, threads=threads, told=told)
    if not report.failed:
        default_storage.save(manifest_name(report.digest), ContentFile(content))
    return report


def verify(what: str | Path, *, threads: int = THREADS, told: Told) -> Report:
    """Read every picture of a stored snapshot (a digest) or of a folder, and compare digests.

    Changes nothing. Raises NotFound and SnapshotUnusable.
    """
    if isinstance(what, Path):
        place: Storage = WholeFileStorage(location=what)
        content = _read(place, FILE)
    else:
        place, content = default_storage, stored_manifest(what)
    return _each(content, partial(_look, place=place), threads=threads, told=told)


def _each(content: bytes, work: Callable[[Line], Outcome], *, threads: int, told: Told) -> Report:
    """Do it for every line of the manifest; what goes wrong with one is told and stops no other."""

    def safely(line: Line) -> tuple[Line, Outcome | Exception]:
        try:
            return line, work(line)
        except Exception as error:  # whatever a storage's library raises
            return line, error

    lines = read_manifest(content)
    report = Report(digest_of(content).hexdigest(), len(lines))
    for line, outcome in in_order(safely, lines, threads=threads):
        report.add(line, outcome)
        told(report)
    return report


def _bring(line: Line, *, source: Storage, target: Storage) -> Outcome:
    if _has_file(target, line.sha256):
        return "there"
    try:
        data = read_by_digest(line.sha256, storage=source, keep=False)
    except NotFound:
        return "there" if _lists(target, possible_names(line.sha256)) else "missing"
    name = name_by_content(line.sha256, data)
    if _lists(target, [name]):
        return "there"
    target.save(name, ContentFile(data))
    return "brought"


def _look(line: Line, *, place: Storage) -> Outcome:
    try:
        read_by_digest(line.sha256, storage=place, fresh=True)
    except NotFound:
        return "missing"
    return "there"


def _has_file(place: Storage, sha256: str) -> bool:
    """Whether a local file holds just these bytes: a folder may have been changed by anybody."""
    if not storage_is_local(place):
        return False
    try:
        read_by_digest(sha256, storage=place)
    except (NotFound, PictureCorrupt):
        return False
    return True


def _lists(place: Storage, names: list[str]) -> bool:
    """Whether a bucket has one of these: it compared checksums when the picture came."""
    return not storage_is_local(place) and any(place.exists(name) for name in names)


def _read(place: Storage, name: str) -> bytes:
    try:
        with place.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise NotFound(f"There is no {name} here, so there is no such snapshot.") from error
