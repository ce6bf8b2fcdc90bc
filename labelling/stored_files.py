"""Every file below a folder of the storage, a few at a time however many there are."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from labelling.storage import storage_is_local

PAGE = 10_000  # entries of a local folder that are held at a time


@dataclass(frozen=True)
class StoredFile:
    name: str
    modified_at: datetime


def stored_files(folder: str, *, after: str = "") -> Iterator[StoredFile]:
    """The files below a folder in an order that stays, those behind the name ``after`` alone.

    A bucket gives them page by page, a local folder is read again for each of its pages. What is
    deleted meanwhile may be among them, and what comes meanwhile may not.
    """
    return _local_files(folder, after) if storage_is_local() else _bucket_files(folder, after)


def _bucket_files(folder: str, after: str) -> Iterator[StoredFile]:
    storage: Any = default_storage
    place = f"{storage.location}/" if storage.location else ""
    blobs = storage.bucket.list_blobs(
        prefix=f"{place}{folder}/",
        start_offset=f"{place}{after}" if after else None,
        fields="items(name,updated),nextPageToken",
    )
    for blob in blobs:
        name = blob.name.removeprefix(place)
        if name > after:  # the offset itself is listed, too
            yield StoredFile(name, blob.updated)


def _local_files(folder: str, after: str) -> Iterator[StoredFile]:
    root = Path(default_storage.path(""))
    for entry in _files_below(root / folder, after.split("/")[1:]):
        with suppress(FileNotFoundError):  # somebody has just deleted it
            modified = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            yield StoredFile(Path(entry.path).relative_to(root).as_posix(), modified)


def _files_below(folder: Path, after: Sequence[str]) -> Iterator["os.DirEntry[str]"]:
    first, rest = (after[0], after[1:]) if after else ("", ())
    for entry in _entries(folder, since=first):
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(folder / entry.name, rest if entry.name == first else ())
        elif entry.name != first:
            yield entry


def _entries(folder: Path, *, since: str) -> Iterator["os.DirEntry[str]"]:
    """The entries of one folder by their names, from this one on. None where it is not there."""
    while page := _page(folder, since):
        yield from page
        since = f"{page[-1].name}\0"  # the very next name that could be


def _page(folder: Path, since: str) -> "list[os.DirEntry[str]]":
    by_name = attrgetter("name")
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return nsmallest(PAGE, (one for one in entries if one.name >= since), key=by_name)
    return []
