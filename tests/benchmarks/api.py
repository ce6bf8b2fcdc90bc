"""How many requests the API answers, on a site of its own with its defaults.

``python -m tests.benchmarks.api [SECONDS [USERS]]`` starts the site in an empty folder, fills it
with pictures, and asks with Locust: ``GET /api/v1/images/`` alone, then ``POST`` alone, then both.
The pictures posted are small and all different; what is measured of POST is taking one in (202),
while the workers examine those before it. Rates are lifted.
"""

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.labelling.pictures import noise
from tests.site import Site, running_site

SCRIPT = Path(__file__).with_name("api_locustfile.py")
STORED = 200
RATES = {f"AIVH_RATE_{scope}": "10000000" for scope in ("READ", "UPLOAD")}


def load(site: Site, token: str, what: str, seconds: int, users: int) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "load"
        subprocess.run(
            [
                *(sys.executable, "-m", "locust", "--locustfile", str(SCRIPT), "--host", site.url),
                *("--headless", "--users", str(users), "--spawn-rate", str(users)),
                *("--run-time", f"{seconds}s", "--only-summary", "--csv", str(table)),
                *("--tags", what, "--exit-code-on-error", "1"),
            ],
            env=os.environ | {"AIVH_TOKEN": token},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with table.with_name("load_stats.csv").open() as file:
            return [row for row in csv.DictReader(file) if row["Name"] != "Aggregated"]


def line(row: dict[str, str]) -> str:
    return (
        f"{row['Type']:5} {row['Name']:17} {row['Request Count']:>6} requests, "
        f"{float(row['Requests/s']):6.1f}/s, p50 {row['50%']} ms, p95 {row['95%']} ms, "
        f"{row['Failure Count']} failures"
    )


def main() -> None:
    seconds, users = (int(given) for given in (sys.argv[1:] + ["15", "8"][len(sys.argv) - 1 :]))
    with running_site(environment=RATES) as site:
        token = site.person("loader")
        for seed in range(STORED):
            files = {"file": ("a.jpg", noise(seed), "image/jpeg")}
            site.api("POST", "/api/v1/images/", token=token, files=files).raise_for_status()
        print(f"{users} users, {seconds} s each, load {os.getloadavg()[0]:.1f}")
        for what in ("list", "create", "both"):
            for row in load(site, token, what, seconds, users):
                print(f"{what:7} {line(row)}")


if __name__ == "__main__":
    main()
