"""The manifest of a snapshot: JSON Lines whose sha256 is the snapshot's name."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from classifier.errors import AivhError
from classifier.vocabulary import Label
from worker.models import SnapshotItem

FOLDER, FILE = "snapshots", "manifest.jsonl"
SHA256 = re.compile(r"[0-9a-f]{64}")
Use = SnapshotItem.Use


class SnapshotUnusable(AivhError):
    """A manifest cannot be read, or is not the one that its digest names."""

    code = "snapshot_unusable"


@dataclass(frozen=True)
class Line:
    """One line of the manifest: the settled label, the votes that it stands on, and its use.

    ``use`` is one of SnapshotItem.Use, ``why`` says in a sentence why a picture is left out.
    ``group`` is the sha256 of the oldest of its near twins, so that none of them ends in another
    split; ``source`` is the way by which the picture came in first.
    """

    sha256: str
    label: str
    use: str
    review_ids: tuple[int, ...]
    group: str
    source: str
    why: str = ""


def manifest_name(digest: str) -> str:
    """Where the manifest lies in the storage."""
    return f"{FOLDER}/{digest}/{FILE}"


def manifest_bytes(lines: Iterable[Line]) -> bytes:
    """Write one JSON object a line, its keys in order, so that equal lines are equal bytes."""
    return b"".join(
        json.dumps(_as_dict(line), sort_keys=True, separators=(",", ":")).encode() + b"\n"
        for line in lines
    )


def _as_dict(line: Line) -> dict[str, object]:
    """The line as it is written: ``why`` only where there is something to say."""
    return {name: value for name, value in asdict(line).items() if name != "why" or value}


def read_manifest(content: bytes) -> list[Line]:
    """Read what :func:`manifest_bytes` wrote, today or before a line knew its use.

    Raises SnapshotUnusable.
    """
    try:
        return [_as_line(json.loads(line)) for line in content.decode().splitlines()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotUnusable(f"This is not a snapshot's manifest: {error}.") from error


def _as_line(said: dict[str, Any]) -> Line:
    sha256 = said["sha256"]
    group = said.get("group", sha256)
    if not (SHA256.fullmatch(sha256) and SHA256.fullmatch(group)):  # both become names of files
        raise ValueError(f"{sha256!r} is not a sha256")
    use = said["use"] if "use" in said else (Use.GOLD if said["gold"] else Use.TRAIN)
    return Line(
        sha256=sha256,
        label=Label(said["label"]).value,
        use=Use(use).value,
        review_ids=tuple(int(review) for review in said["review_ids"]),
        group=group,
        source=str(said["source"]),
        why=str(said.get("why", "")),
    )
