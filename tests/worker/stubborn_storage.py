"""A storage that does not delete what it is told to."""

from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage


def refuse_to_delete(monkeypatch: pytest.MonkeyPatch, refused: Callable[[str], bool]) -> list[str]:
    """Let the storage refuse to delete some files; gives the list of those that it was asked."""
    delete, asked = default_storage.delete, []

    def some(name: str) -> None:
        asked.append(name)
        if refused(name):
            raise OSError("the disk is read-only here")
        delete(name)

    monkeypatch.setattr(default_storage, "delete", some)
    return asked
