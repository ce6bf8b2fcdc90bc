"""Running a module in a process and on a database of its own, once for each kind of database."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Nursery
from tests.migrated import copy_migrated_sqlite

RunModule = Callable[..., dict[str, Any]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def run_module(request: pytest.FixtureRequest, tmp_path: Path, nursery: Nursery) -> RunModule:
    """``run_module("tests.worker.race", *arguments)`` gives the JSON that the module prints.

    The database is migrated already. It may take 180 seconds, or so many as you say.
    """
    environment = os.environ | {
        "AIVH_DATA_DIR": str(tmp_path),
        "AIVH_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "tests.program_settings",
    }
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("migrated_postgres_url")
    else:
        copy_migrated_sqlite(tmp_path)

    def run(module: str, *arguments: str, seconds: int = 180) -> dict[str, Any]:
        done = nursery.run(
            module, *arguments, environment=environment, folder=tmp_path, seconds=seconds
        )
        assert done.code == 0, done.errors
        printed: dict[str, Any] = json.loads(done.output)
        return printed

    return run
