"""A running site goes back within a minute, its network cut, and nothing is started again."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.labelling.pictures import noise
from tests.requirements import ROOT
from tests.site import Site, running_site, wait_for

pytestmark = [pytest.mark.site, pytest.mark.slow]


def run(site: Site, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answering(site: Site) -> int:
    return requests.get(f"{site.url}/health", timeout=30).json()["model_version"]


def classified_by(site: Site, session: requests.Session, seed: int) -> int:
    """Hand a picture in by the page's way, through the queue; which version judged it."""
    answer = session.post(
        f"{site.url}/api/v1/images/?wait=30",
        files={"file": (f"{seed}.jpg", noise(seed), "image/jpeg")},
        headers={"X-CSRFToken": session.cookies["csrftoken"], "Referer": site.url},
        timeout=60,
    )
    return answer.json()["finding"]["model_version"]


def test_web_and_workers_follow_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes calls and never answers
        cut = {
            "WANDB_API_KEY": "k" * 40,
            "WANDB_BASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        with running_site(environment=cut) as site:
            session = site.sign_in()
            parts = {name: site.leader(name).pid for name in ("web", "worker")}
            assert classified_by(site, session, 1) == 1
            run(site, "-m", "tests.worker.second_version", str(tmp_path))
            assert classified_by(site, session, 2) == 2
            started = time.monotonic()

            told = run(site, "manage.py", "rollback", "--reason", "It accuses painters.")

            assert told == "Version 1 answers from now on.\n"
            wait_for(lambda: answering(site) == 1, site, timeout=60)
            assert classified_by(site, session, 3) == 1
            assert time.monotonic() - started < 60
            assert {name: site.leader(name).pid for name in ("web", "worker")} == parts
            page = session.get(f"{site.url}/versions/2/", timeout=30).text
            assert "Rolled back: It accuses painters." in page
