"""The real client against the running site."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labelling.pictures import noise, truncated_jpeg
from tests.requirements import ROOT
from tests.site import Site

pytestmark = pytest.mark.site
PASSWORD = "a-long-one-7"


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    return site.person("camera", password=PASSWORD)


class Client:
    """``aivh`` in a process of its own, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **{name: value for name, value in os.environ.items() if "AIVH" not in name},
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
        }

    def __call__(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "aivh_client", *words],
            cwd=ROOT,
            env=self.environment,
            check=False,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def aivh(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_from_a_password_to_a_verdict(site: Site, token: str, aivh: Client) -> None:
    cat = aivh.home / "cat.jpg"
    cat.write_bytes(noise(7100))

    signed_in = aivh("login", site.url, "--name", "camera", typed=f"{PASSWORD}\n")
    assert (signed_in.returncode, signed_in.stderr) == (0, "")
    assert signed_in.stdout.startswith(f"Signed in at {site.url} as camera.")
    assert PASSWORD not in (aivh.home / "config" / "aivh" / "account.json").read_text()

    told = aivh("classify", str(cat), "--json")
    assert told.returncode == 0, told.stderr
    verdict = json.loads(told.stdout)
    assert verdict["verdict"] in ("ai", "human", "uncertain")
    body = site.api("GET", f"/api/v1/images/{verdict['id']}/", token=token).json()
    assert body["finding"]["probability_ai"] == verdict["probability_ai"]
    assert body["page"] == verdict["page"]

    kept = json.loads((aivh.home / "config" / "aivh" / "account.json").read_text())["token"]
    left = aivh("logout")
    assert (left.stdout, left.stderr) == ("Signed out.\n", "")
    assert site.api("GET", "/api/v1/me/", token=kept).status_code == 401
    assert site.api("GET", "/api/v1/me/", token=token).status_code == 200


def test_a_folder_sent_twice_is_there_once(site: Site, token: str, aivh: Client) -> None:
    aivh.environment |= {"AIVH_URL": site.url, "AIVH_TOKEN": token}
    folder = aivh.home / "pictures"
    folder.mkdir()
    for number in range(7110, 7115):
        (folder / f"Bild № {number}.jpg").write_bytes(noise(number))
    (folder / "torn.jpg").write_bytes(truncated_jpeg())

    first, second = aivh("upload", str(folder)), aivh("upload", str(folder))

    torn = f"{folder}/torn.jpg: "
    assert (first.returncode, second.returncode) == (1, 1)
    assert "5 sent, 0 were sent before, 1 refused:" in first.stderr
    assert "0 sent, 5 were sent before, 1 refused:" in second.stderr
    assert torn in second.stderr
    counted = site.shell(
        "from labelling.models import Submission\n"
        "print(Submission.objects.filter(filename__startswith='Bild № 711').count())\n"
    )
    assert counted.strip() == "5"


def test_what_was_uploaded_comes_back_as_an_export(site: Site, token: str, aivh: Client) -> None:
    aivh.environment |= {"AIVH_URL": site.url, "AIVH_TOKEN": token}
    (aivh.home / "one.jpg").write_bytes(noise(7120))
    verdict = json.loads(aivh("classify", str(aivh.home / "one.jpg"), "--json").stdout)

    told = aivh("export", "jsonl", "-o", "-")

    rows = [json.loads(line) for line in told.stdout.splitlines()]
    [row] = [row for row in rows if row["id"] == verdict["id"]]
    assert row["verdict"] == verdict["verdict"]
    who = aivh("whoami").stdout
    assert who.startswith(f"camera at {site.url} (Uploaders)\ntoken “test” for ")


def test_a_wrong_password_and_a_wrong_token_sign_nobody_in(
    site: Site, token: str, aivh: Client
) -> None:
    wrong = aivh("login", site.url, "--name", "camera", typed="guessed\n")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    assert "no account with this name and password" in wrong.stderr

    assert aivh("login", site.url, "--token", typed="aivh_made-up\n").returncode == 3

    assert aivh("whoami").returncode == 3
    assert not (aivh.home / "config").exists()
