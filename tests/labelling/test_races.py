"""What many do at the same moment, on a SQLite file and on Postgres."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.labelling.race import AT_ONCE, ROUNDS
from tests.requirements import ROOT

Race = Callable[[str], dict[str, Any]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def race(request: pytest.FixtureRequest, tmp_path: Path) -> Race:
    """Run a race by its name on each database and return what it left behind."""
    environment = os.environ | {"AIVH_DATA_DIR": str(tmp_path), "AIVH_LOG_LEVEL": "ERROR"}
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres_url")

    def run(name: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.labelling.race", name],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_same_bytes_at_once_are_one_file_and_one_image(race: Race) -> None:
    left = race("same_upload")

    assert left["done"] == left["submissions"] == AT_ONCE * ROUNDS
    assert left["files"] == left["images"]
    assert len(left["images"]) == ROUNDS
    # None of them waited for the broker, which is not there.
    assert left["seconds"] < 2 * ROUNDS


def test_whoever_fails_takes_no_file_away_from_those_who_succeed(race: Race) -> None:
    left = race("failing_upload")

    assert left["done"] == left["OSError"] == left["submissions"] == AT_ONCE // 2 * ROUNDS
    assert left["files"] == left["images"]
    assert len(left["images"]) == ROUNDS


def test_cleaning_up_takes_no_file_from_an_upload_that_comes_meanwhile(race: Race) -> None:
    left = race("upload_during_cleanup")

    assert left["submissions"] == 1
    assert left["files"] == left["images"]
    assert len(left["images"]) == 1


def test_a_key_pressed_many_times_is_one_vote(race: Race) -> None:
    left = race("same_vote")

    assert (left["done"], left["Conflict"]) == (1, AT_ONCE - 1)
    assert (left["reviews"], left["labels"]) == (1, 1)


def test_two_undos_at_once_take_back_two_votes(race: Race) -> None:
    left = race("same_undo")

    assert left["done"] == 2
    assert left["labels"] == 1
