"""What Label Studio exports as JSON or JSON-MIN: tasks, and what was answered for each.

https://labelstud.io/guide/export
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from classifier.detector.headers import SUFFIXES
from classifier.vocabulary import Label
from labelling.label_studio.places import OURS
from labelling.label_studio.words import AI, HUMAN, answer_in, meaning_of

PREFIX = re.compile(r"[0-9a-f]{8}-")  # before the name of what was uploaded to Label Studio
DIGEST = re.compile(r"[0-9a-f]{64}")
LABELS = {AI: Label.AI, HUMAN: Label.HUMAN}
OF_THE_TASK = ("filename", "aivh_id", "image")  # never an answer


@dataclass(frozen=True)
class Task:
    """A picture and its label, None where nobody or nobody clearly answered for it.

    ``names`` are the file names that it may have, ``image_id`` is its id where it came from aivh.
    """

    number: str
    names: frozenset[str]
    image_id: UUID | None
    label: Label | None

    @property
    def digests(self) -> frozenset[str]:
        """Of pictures that bear their sha256 as a name, as in our export of a folder."""
        stems = {PurePosixPath(name).stem for name in self.names}
        return frozenset(stem for stem in stems if DIGEST.fullmatch(stem))


def read_tasks(data: bytes) -> list[Task] | None:
    """The tasks of an export; None where this is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found or not all(map(_is_task, found)):
        return None
    return [_task(number, task) for number, task in enumerate(found, start=1)]


def _is_task(task: object) -> bool:
    return isinstance(task, Mapping) and any(True for _ in _addresses(_data_of(task)))


def _data_of(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """JSON keeps a task's data apart; JSON-MIN has it beside the answers."""
    data = task.get("data")
    return data if isinstance(data, Mapping) else task


def _task(number: int, task: Mapping[str, Any]) -> Task:
    data = _data_of(task)
    addresses = list(_addresses(data))
    written = [task.get("file_upload"), data.get("filename")]
    names = {_name(address) for address in addresses} | {n for n in written if isinstance(n, str)}
    return Task(
        number=str(task.get("id", number))[:40],
        names=frozenset(names | {PREFIX.sub("", name, count=1) for name in names}) - {""},
        image_id=_image_id([data.get("aivh_id"), *addresses]),
        label=LABELS.get(_answer(task) or ""),
    )


def _answer(task: Mapping[str, Any]) -> str | None:
    """What all annotations that somebody made and did not skip agree on."""
    annotations = task.get("annotations", task.get("completions"))
    if not isinstance(annotations, Sequence) or isinstance(annotations, str):
        return _short_answer(task)
    kept = [a for a in annotations if isinstance(a, Mapping) and _was_made(a)]
    said = {answer_in(annotation.get("result")) for annotation in kept}
    return said.pop() if len(said) == 1 else None


def _was_made(annotation: Mapping[str, Any]) -> bool:
    """Not skipped, and not a mere copy of a prediction: whoever looks at a picture takes time."""
    copied = annotation.get("parent_prediction") and annotation.get("lead_time") is None
    return not annotation.get("was_cancelled") and not copied


def _short_answer(task: Mapping[str, Any]) -> str | None:
    """JSON-MIN writes a single choice as a text, several as an object."""
    said = set()
    for key, value in task.items():
        many = value.get("choices") if isinstance(value, Mapping) else None
        for choice in many if isinstance(many, list) else [value]:
            if key not in OF_THE_TASK and (meaning := meaning_of(choice)):
                said.add(meaning)
    return said.pop() if len(said) == 1 else None


def _addresses(data: Mapping[str, Any]) -> Iterator[str]:
    """The values that name a picture: by its ending, or as a picture of aivh's."""
    for value in data.values():
        if isinstance(value, str) and len(value) < 4000 and _names_picture(value):
            yield value


def _names_picture(address: str) -> bool:
    return PurePosixPath(_name(address)).suffix.lower() in SUFFIXES or bool(_ours(address))


def _name(address: str) -> str:
    """The file's name, also of ``/data/local-files/?d=folder/name.jpg``."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = parse_qs(parts.query).get("d", [parts.path])[0]
    return PurePosixPath(unquote(path)).name


def _ours(address: str) -> re.Match[str] | None:
    try:
        return OURS.fullmatch(urlsplit(address).path)
    except ValueError:
        return None


def _image_id(said: Sequence[object]) -> UUID | None:
    """Whatever host it is written with: no other site's picture has the id of one of ours."""
    for text in said:
        found = _ours(text) if isinstance(text, str) else None
        try:
            return UUID(found.group(1) if found else str(text))
        except ValueError:
            continue
    return None
