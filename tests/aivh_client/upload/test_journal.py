"""What was handed in before: kept so that nothing is sent twice, and nowhere else counts."""

import json
import os
from pathlib import Path

import pytest

from aivh_client.cli import run
from tests.servers.scripted import Scripted, problem


def journal(home: Path) -> Path:
    [path] = (home / "state" / "aivh" / "uploads").iterdir()
    return path


def test_a_picture_that_was_sent_and_not_written_down_goes_again_under_its_key(
    server: Scripted, folder: Path, home: Path
) -> None:
    run(["upload", str(folder), "--threads", "1"])
    lines = journal(home).read_text().splitlines(keepends=True)
    journal(home).write_text("".join(lines[:2]) + lines[2][:20])  # it died while it wrote

    assert run(["upload", str(folder)]) == 0

    keys = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert len(keys) == 3
    assert keys[2] in keys[:2]
    lines = journal(home).read_text().splitlines()
    entries = [json.loads(line) for line in lines if line.endswith("}")]
    [sent] = [entry for entry in entries[2:] if entry["file"] == str(folder / "b.png")]
    assert sent["image"] == "0b7f"


def test_folders_whose_names_are_no_text_have_each_a_journal(
    server: Scripted, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (b"\xe8", b"\xe9"):
        place = tmp_path / os.fsdecode(name)
        place.mkdir()
        (place / "a.jpg").write_bytes(b"a")
        assert run(["upload", str(place)]) == 0

    assert len(server.asked) == 2
    assert len(list((home / "state" / "aivh" / "uploads").iterdir())) == 2
    assert run(["upload", str(place / "nowhere")]) == 2
    assert "?/nowhere is no folder." in capsys.readouterr().err


def test_another_journal_is_another_upload(server: Scripted, folder: Path, tmp_path: Path) -> None:
    run(["upload", str(folder)])
    run(["upload", str(folder), "--journal", str(tmp_path / "mine.jsonl")])

    assert len({asked.headers["Idempotency-Key"] for asked in server.asked}) == 4


def test_a_journal_of_another_site_is_refused_and_left_as_it_is(
    server: Scripted,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = tmp_path / "mine.jsonl"
    run(["upload", str(folder), "--journal", str(mine)])
    before, asked = mine.read_text(), len(server.asked)
    assert json.loads(before.splitlines()[0])["site"] == server.url
    capsys.readouterr()
    monkeypatch.setenv("AIVH_URL", "https://other.example")

    assert run(["upload", str(folder), "--journal", str(mine)]) == 2

    assert capsys.readouterr().err == (
        f"aivh: {mine} says what was sent to {server.url}, not to https://other.example. "
        "Name another file with --journal.\n"
    )
    assert mine.read_text() == before
    monkeypatch.setenv("AIVH_URL", server.url)
    assert run(["upload", str(folder), "--journal", str(mine)]) == 0
    assert len(server.asked) == asked


def test_a_journal_whose_first_line_is_torn_has_one_key_from_then_on(
    server: Scripted, folder: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.jsonl"
    mine.write_text('{"journal": "0b7')
    server.default = problem(415, "unsupported_type")

    for _ in range(2):
        assert run(["upload", str(folder), "--journal", str(mine), "--threads", "1"]) == 1

    keys = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert keys[:3] == keys[3:]
    assert [json.loads(line)["site"] for line in mine.read_text().splitlines()[1:]] == [server.url]


def test_a_journal_that_cannot_be_written_is_said(
    server: Scripted, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["upload", str(folder), "--journal", str(folder)]) == 1

    assert capsys.readouterr().err == (
        f"aivh: This machine refuses: [Errno 21] Is a directory: '{folder}'\n"
    )
    assert server.asked == []
