"""Local files that are whole or absent, under exactly the name that was asked for."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage


class WholeFileStorage(FileSystemStorage):
    """Writes beside and renames, so that no reader and no crash ever meets half a file.

    Names are the caller's and mean the content (a sha256), so writing one again replaces it by
    the same bytes instead of inventing another name, as an object store does.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            with beside.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        return name


def storage_is_local(storage: Storage = default_storage) -> bool:
    """Whether the pictures are files of this machine, which nobody needs to copy to read them."""
    return isinstance(storage, FileSystemStorage)
