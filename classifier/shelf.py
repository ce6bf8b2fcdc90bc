"""Bundles in the site's storage, where every machine that serves or trains finds them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from classifier.errors import AivhError, BundleNotFound, RegistryUnavailable


class StorageShelf:
    """Django's default storage as the shelf of a :class:`SharedRegistry`."""

    def __init__(self, place: str) -> None:
        self.place = place

    def holds(self, name: str) -> bool:
        with _answering():
            return default_storage.exists(name)

    def put(self, name: str, file: Path) -> None:
        with _answering(), file.open("rb") as content:
            default_storage.save(name, File(content))

    def fetch(self, name: str, target: Path) -> None:
        with _answering():
            try:
                source = default_storage.open(name)
            except FileNotFoundError as error:
                raise BundleNotFound(f"The shared storage holds no {name}.") from error
            with source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)


@contextmanager
def _answering() -> Iterator[None]:
    """Each storage has errors of its own; all of them mean that it could not be used."""
    try:
        yield
    except AivhError:
        raise
    except Exception as error:
        raise RegistryUnavailable(f"The shared storage does not answer: {error}") from error
