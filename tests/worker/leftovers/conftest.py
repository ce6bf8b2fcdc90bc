"""A site that is a year old, and files that were stored so long ago that no row comes any more."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tests.labelling.traces import stored_files
from worker.services.leftovers.discarding import AGE

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def old_site(db: None) -> None:
    made = timezone.now() - timedelta(days=365)
    MigrationRecorder(connection).migration_qs.update(applied=made)


def digest(number: int) -> str:
    return f"{number:064x}"


def original(number: int, extension: str = ".jpg") -> str:
    return f"images/{digest(number)[:2]}/{digest(number)}{extension}"


def written(name: str, at: datetime) -> None:
    """Let a stored file be as old as this."""
    os.utime(default_storage.path(name), (at.timestamp(), at.timestamp()))


def store(*names: str, age: timedelta = AGE + MINUTE) -> list[str]:
    """Files of so long ago; gives their names in order."""
    for name in names:
        default_storage.save(name, ContentFile(b"bytes"))
        written(name, timezone.now() - age)
    return sorted(names)


def let_all_be_old() -> None:
    for name in stored_files():
        assert Path(default_storage.path(name)).is_file()
        written(name, timezone.now() - AGE - MINUTE)
