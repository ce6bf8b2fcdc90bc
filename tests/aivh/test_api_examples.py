"""The documentation's examples, run as they stand, by a developer who read nothing else."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aivh.openapi import DESCRIPTION
from tests.labelling.pictures import noise
from tests.requirements import ROOT
from tests.site import Site

pytestmark = pytest.mark.site
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUICKSTART = (ROOT / "docs" / "api-quickstart.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(text) if found == language]


@pytest.fixture
def developer(site: Site, tmp_path: Path) -> dict[str, str]:
    """Their environment, with a token and a picture in the folder in which they work."""
    (tmp_path / "cat.jpg").write_bytes(noise(7301))
    return os.environ | {"AIVH_URL": site.url, "AIVH_TOKEN": site.person("dev")}


def run(program: list[str], text: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [*program, text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_curl_gets_a_finding(developer: dict[str, str], tmp_path: Path) -> None:
    for text in (QUICKSTART, DESCRIPTION):
        [example] = blocks(text, "sh")
        found = json.loads(run(["bash", "-ec"], example, developer, tmp_path))

        assert found["state"] == "classified"
        assert found["finding"]["verdict"] in ("ai", "human", "uncertain")


def test_the_answer_is_shown_as_it_comes(developer: dict[str, str], tmp_path: Path) -> None:
    """The members, in the words of the page; the values are another picture's."""
    [shown] = blocks(QUICKSTART, "json")
    [example] = blocks(QUICKSTART, "sh")
    found = json.loads(run(["bash", "-ec"], example, developer, tmp_path))

    assert set(json.loads(shown)) - {"…"} <= set(found)
    assert set(found["finding"]) == set(json.loads(shown)["finding"])


def test_python_gets_through_the_whole_page(developer: dict[str, str], tmp_path: Path) -> None:
    page = "\n".join(blocks(QUICKSTART, "python"))

    lines = run([sys.executable, "-c"], page, developer, tmp_path).splitlines()

    verdict = r"(ai|human|uncertain)"
    assert re.fullmatch(rf"classified {verdict} 0\.\d+", lines[0])
    assert len(lines) == 3, "one picture in the list: the same bytes are one picture"
    assert re.fullmatch(rf"[0-9a-f-]{{36}} {verdict}", lines[1])
    assert lines[2] == "202 classified 304"


def test_the_shortest_python_works(developer: dict[str, str], tmp_path: Path) -> None:
    [example] = blocks(DESCRIPTION, "python")
    given = f"url, token = {developer['AIVH_URL']!r}, {developer['AIVH_TOKEN']!r}\n"

    assert "'verdict'" in run([sys.executable, "-c"], given + example, developer, tmp_path)
