"""What many do at the same moment is done once, on a SQLite file and on Postgres, with no cache."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirements import ROOT
from tests.worker.race import AT_ONCE

OTHERS = AT_ONCE - 1


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ended(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, dict[str, int]]:
    """How each race ended on this database."""
    environment = os.environ | {"AIVH_DATA_DIR": str(tmp_path), "AIVH_LOG_LEVEL": "ERROR"}
    if request.param == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    done = subprocess.run(
        [sys.executable, "-m", "tests.worker.race"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results: dict[str, dict[str, int]] = json.loads(done.stdout)
    return results


def test_of_many_at_once_one_wins_and_the_others_are_told(ended: dict[str, dict[str, int]]) -> None:
    assert ended == {
        "requests": {"'queued'": 1, "Conflict": OTHERS},
        "claims": {"True": 1, "False": OTHERS},
        "freezing": {"25": AT_ONCE, "snapshots": 1},
        "classifying": {"None": AT_ONCE, "predictions": 1, "embeddings": 1},
        "sending": {"1": 1, "0": OTHERS},
    }
