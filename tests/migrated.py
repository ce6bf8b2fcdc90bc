"""Databases that are migrated once for all tests, and copied for those that start processes."""

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tests.postgres import new_database
from tests.requirements import ROOT

FOLDER = Path(tempfile.mkdtemp(prefix="aivh-migrated-"))
SQLITE = FOLDER / "aivh.sqlite3"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def keep_migrated_sqlite() -> None:
    """Keep the tests' own database as it is, just made, for those that need a copy later."""
    if not SQLITE.exists():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(SQLITE)])
        # As a site's is from its first start. Of many who connect at once and have to change it
        # so, SQLite tells some at once that it is locked, whatever time they would wait.
        with closing(sqlite3.connect(SQLITE)) as made:
            made.execute("PRAGMA journal_mode=WAL")


def copy_migrated_sqlite(data_dir: Path) -> None:
    """Put a migrated database into an empty data folder."""
    if not SQLITE.exists():
        _migrate({"AIVH_DATA_DIR": str(FOLDER)})
    shutil.copy(SQLITE, data_dir)


@pytest.fixture
def migrated_postgres_url(postgres_server: Path, _migrated_postgres: str) -> str:
    """The DATABASE_URL of a migrated database of the test's own."""
    return new_database(postgres_server, template=_migrated_postgres)


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = new_database(postgres_server)
    _migrate({"AIVH_DATA_DIR": str(tmp_path_factory.mktemp("migrated")), "DATABASE_URL": url})
    return url.rpartition("/")[2]


def forget_newest_migration(app: str) -> str:
    """Let the test's database look older than the code; the name of what is not applied then."""
    newest = MigrationLoader(connection).graph.leaf_nodes(app)[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    return newest[1]


def _migrate(environment: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        timeout=120,
    )
