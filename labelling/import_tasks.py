"""Pictures with the annotations of Label Studio beside them: their labels come from there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from uuid import UUID

from classifier.errors import AivhError
from classifier.vocabulary import Label
from labelling.errors import InvalidRequest, NotFound
from labelling.importable import Candidate
from labelling.label_studio.exported import Task, read_tasks
from labelling.models import Image

Listing = Callable[[], Iterator[Candidate]]
NO_FILE = "There is no file for this task, and its picture is not one of this site."


@dataclass(frozen=True)
class Annotations:
    """The export files of a place, by name, with their tasks; and the file names that are there
    once, so that a name says which picture is meant."""

    files: dict[str, list[Task]]
    names: frozenset[str]


def with_annotations(listing: Listing, *, labelled: bool) -> Listing:
    """The same files without the exports of Label Studio among them, each with the label that its
    task has; and after them, where labels are wanted, the tasks that have no file.

    A place without such an export stays as it is.
    """
    found = _annotations(listing(), labelled=labelled)
    if not found.files:
        return listing
    return partial(_annotated, listing, found, labelled)


def _annotations(candidates: Iterable[Candidate], *, labelled: bool) -> Annotations:
    names: Counter[str] = Counter()
    files = {}
    for one in candidates:
        names[_name(one)] += 1
        if _may_be_export(one) and (tasks := _tasks_in(one, labelled)) is not None:
            files[one.name] = tasks
    return Annotations(files, frozenset(name for name, count in names.items() if count == 1))


def _may_be_export(one: Candidate) -> bool:
    """Right in the place, as the pictures' folders are."""
    return one.name.lower().endswith(".json") and "/" not in one.name


def _tasks_in(one: Candidate, labelled: bool) -> list[Task] | None:
    """Raises InvalidRequest where labels are wanted and cannot be read."""
    try:
        return read_tasks(one.read())
    except AivhError as error:
        if not labelled:
            return None
        raise InvalidRequest(f"{one.name}: {error.message}") from error


def _annotated(listing: Listing, found: Annotations, labelled: bool) -> Iterator[Candidate]:
    labels = _labels(found)
    for one in listing():
        if one.name not in found.files:
            yield replace(one, label=labels.get(_name(one), one.label))
    if labelled:
        for file, tasks in found.files.items():
            yield from _fileless(file, [task for task in tasks if not task.names & found.names])


def _labels(found: Annotations) -> dict[str, Label | None]:
    """By file name; None where two tasks mean the same file and differ."""
    said: dict[str, set[Label | None]] = defaultdict(set)
    for tasks in found.files.values():
        for task in tasks:
            for name in task.names & found.names:
                said[name].add(task.label)
    return {name: labels.pop() if len(labels) == 1 else None for name, labels in said.items()}


def _fileless(file: str, tasks: list[Task]) -> Iterator[Candidate]:
    """Pictures of this site; what is none of them has nothing that could be read."""
    here = _pictures_here(tasks)
    for task in tasks:
        known = next((here[key] for key in (task.image_id, *task.digests) if key in here), None)
        yield Candidate(
            name=f"{file}: task {task.number}",
            mark=task.number,
            label=task.label,
            read=bytes if known else _no_file,
            image_id=known,
        )


def _pictures_here(tasks: list[Task]) -> dict[UUID | str | None, UUID]:
    """Those of the tasks that this site has, by their ids and by their digests."""
    kept = Image.objects.filter(deleted_at__isnull=True)
    by_id = kept.filter(pk__in={task.image_id for task in tasks if task.image_id})
    by_digest = kept.filter(sha256__in={digest for task in tasks for digest in task.digests})
    found: dict[UUID | str | None, UUID] = {pk: pk for pk in by_id.values_list("pk", flat=True)}
    found.update(by_digest.values_list("sha256", "pk"))
    return found


def _no_file() -> bytes:
    raise NotFound(NO_FILE)


def _name(one: Candidate) -> str:
    return PurePosixPath(one.name).name
