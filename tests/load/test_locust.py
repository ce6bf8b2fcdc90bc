"""A load script written for the seed service runs unchanged against the site."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = pytest.mark.site
SCRIPT = Path(__file__).with_name("locustfile.py")


def test_a_load_script_of_the_seed_service_sees_no_failure(site: Site, tmp_path: Path) -> None:
    for seed in range(4):  # each web process loads the detector with its first picture
        files = {"file": ("a.jpg", noise(seed), "image/jpeg")}
        assert site.api("POST", "/predict", files=files).status_code == 200
    table = tmp_path / "load"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "--locustfile", str(SCRIPT), "--host", site.url),
            *("--headless", "--users", "4", "--spawn-rate", "4", "--run-time", "8s"),
            *("--stop-timeout", "10", "--only-summary", "--csv", str(table)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "load_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    assert {name: row["Failure Count"] for name, row in rows.items()} == {
        "/predict": "0",
        "/health": "0",
        "/": "0",
        "Aggregated": "0",
    }
    assert int(rows["/predict"]["Request Count"]) >= 4
    health = site.api("GET", "/health").json()
    assert health["status"] == "healthy"
