"""``aivh export``: asked for, waited for, fetched whole or not at all."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from aivh_client import export as export_module
from aivh_client.cli import run
from aivh_client.connection import Connection
from tests.servers.scripted import Answer, Scripted, problem


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(export_module, "EVERY", 0.001)
    return folder


def job(state: str, **changed: Any) -> dict[str, Any]:
    """What the API says of one."""
    return {"id": 7, "state": state, "total": 2, "done": 1, "outcome": "", **changed}


WRITTEN = job("done", done=2, outcome="2 exported as CSV, 40 bytes.")


def test_it_waits_for_the_job_and_fetches_its_file(
    signed_in: Scripted, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in.will(
        Answer(job("queued"), 202), Answer(job("running")), Answer(WRITTEN), Answer(b"id,verdict\n")
    )

    assert run(["export", "csv", "--where", "verdict=ai", "--where", "search=a=b"]) == 0

    told = capsys.readouterr()
    assert (told.out, told.err) == ("aivh-7.csv\n", "2 exported as CSV, 40 bytes.\n")
    assert (here / "aivh-7.csv").read_bytes() == b"id,verdict\n"
    assert [path.name for path in here.iterdir()] == ["aivh-7.csv"]
    asked = signed_in.asked
    assert [f"{one.method} {one.path}" for one in asked] == [
        "POST /api/v1/exports/",
        "GET /api/v1/jobs/7/",
        "GET /api/v1/jobs/7/",
        "GET /api/v1/jobs/7/file/",
    ]
    wish = {"format": "csv", "search": {"verdict": "ai", "search": "a=b"}}
    assert json.loads(asked[0].body) == wish
    assert asked[0].headers["Idempotency-Key"]


def test_the_file_can_be_named_or_go_to_the_output(
    signed_in: Scripted, here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (here / "mine.json").write_text("old")
    signed_in.will(Answer(WRITTEN), Answer(b"[]"), Answer(WRITTEN), Answer(b"[1]"))

    assert run(["export", "coco", "-o", "mine.json"]) == 0
    assert run(["export", "coco", "-o", "-"]) == 0

    assert (here / "mine.json").read_bytes() == b"[]"
    assert capfdbinary.readouterr().out == b"mine.json\n[1]"


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ([Answer(job("failed", outcome="The disk is full."))], 1, "The disk is full."),
        ([Answer(job("cancelled"))], 1, "cancelled"),
        ([problem(409, "conflict", "There is no picture.")], 1, "There is no picture."),
        ([Answer(WRITTEN), problem(404, "not_found", "Not kept any more.")], 1, "Not kept"),
        ([problem(403, "missing_scope", "It needs “upload”.")], 3, "upload"),
    ],
)
def test_without_a_file_none_is_left(
    answers: list[Answer],
    code: int,
    words: str,
    signed_in: Scripted,
    here: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    signed_in.will(*answers)

    assert run(["export", "csv"]) == code

    assert words in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-o", "."], ". is no file. Name a file in a folder that is there."),
        (["-o", ""], ". is no file. Name a file in a folder that is there."),
        (["-o", ".."], ".. is no file. Name a file in a folder that is there."),
        (["-o", "pipe"], "pipe is no file. Name a file in a folder that is there."),
        (["-o", "nowhere/.."], "nowhere/.. would lie in no folder. Name a file in a folder"),
        (["-o", "nowhere/a.csv"], "nowhere/a.csv would lie in no folder. Name a file"),
        (["-o", f"{'a' * 300}"], "aaa cannot be written: File name too long\n"),
        (["--where", "verdict"], "Write a filter as verdict=ai, not 'verdict'.\n"),
    ],
)
def test_what_makes_no_sense_is_said_before_the_site_works_for_it(
    words: list[str],
    why: str,
    signed_in: Scripted,
    here: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.mkfifo(here / "pipe")

    assert run(["export", "csv", *words]) == 2

    assert why in capsys.readouterr().err
    assert signed_in.asked == []
    assert [path.name for path in here.iterdir()] == ["pipe"]


def test_what_cannot_be_written_after_all_is_said(
    signed_in: Scripted,
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*about: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    signed_in.will(Answer(WRITTEN))
    monkeypatch.setattr(Connection, "fetch", full)

    assert run(["export", "csv"]) == 1

    told = "aivh: aivh-7.csv cannot be written: No space left on device\n"
    assert capsys.readouterr().err == told
    assert list(here.iterdir()) == []


def test_the_longest_name_that_a_file_can_have_is_written(signed_in: Scripted, here: Path) -> None:
    signed_in.will(Answer(WRITTEN), Answer(b"id\n"))

    assert run(["export", "csv", "-o", "a" * 255]) == 0

    assert [path.name for path in here.iterdir()] == ["a" * 255]


def test_a_name_that_is_no_text_is_written_as_it_is(
    signed_in: Scripted, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = os.fsdecode(b"caf\xe9.csv")
    signed_in.will(Answer(WRITTEN), Answer(b"id\n"))

    assert run(["export", "csv", "-o", odd]) == 0

    assert capsys.readouterr().out == "caf?.csv\n"
    assert [path.name for path in here.iterdir()] == [odd]
