"""``aivh upload``: every picture once, whatever happens on the way."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aivh_client.cli import run
from aivh_client.pace import Pace
from aivh_client.pictures import LARGEST
from aivh_client.upload.finding import Found, finished_pictures, pictures_below
from tests.servers.scripted import Answer, Scripted, problem

REFUSED = problem(415, "unsupported_type", "This is no picture.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, two of the same bytes, and what is none."""
    folder = tmp_path / "pictures"
    (folder / "below" / ".hidden").mkdir(parents=True)
    for name in ("a.jpg", "below/a-again.JPEG", "b.png"):
        (folder / name).write_bytes(name[-4:].lower().replace("jpeg", ".jpg").encode())
    for name in ("notes.txt", ".thumb.jpg", "below/.hidden/c.jpg"):
        (folder / name).write_bytes(b"nothing to send")
    return folder


@pytest.fixture
def server(signed_in: Scripted) -> Scripted:
    signed_in.default = Answer({"id": "0b7f"}, 202)
    return signed_in


def journal(home: Path) -> Path:
    [path] = (home / "state" / "aivh" / "uploads").iterdir()
    return path


def test_each_picture_is_sent_once_and_only_what_is_missing_the_next_time(
    server: Scripted, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["upload", str(folder)]) == 0
    assert capsys.readouterr().err.endswith("2 sent, 1 were sent before, 0 refused.\n")
    assert len(server.asked) == 2
    assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer secret"}

    (folder / "new.webp").write_bytes(b"new")
    assert run(["upload", str(folder)]) == 0

    assert capsys.readouterr().err.endswith("1 sent, 3 were sent before, 0 refused.\n")
    assert len(server.asked) == 3
    assert b'filename="new.webp"' in server.asked[2].body
    assert b"Content-Type: image/webp" in server.asked[2].body


def test_what_is_refused_is_named_at_the_end_stops_nothing_and_is_tried_again(
    server: Scripted, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.will(REFUSED)
    (folder / "large.jpg").touch()
    os.truncate(folder / "large.jpg", LARGEST + 1)

    assert run(["upload", str(folder), "--threads", "1"]) == 1

    told = capsys.readouterr().err
    assert "2 sent, 0 were sent before, 2 refused:\n" in told
    assert f"  {folder}/a.jpg: This is no picture. (unsupported_type)\n" in told
    assert f"  {folder}/large.jpg: The file has more than 20 MB. (too_large)\n" in told
    (folder / "large.jpg").unlink()
    assert run(["upload", str(folder)]) == 0  # its bytes came under another name meanwhile


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
    entries = [json.loads(line) for line in journal(home).read_text().splitlines()[-1:]]
    assert entries[0]["image"] == "0b7f"


@pytest.fixture
def odd(folder: Path) -> list[Path]:
    """Two names that are no UTF-8, as on many an old disk, and differ in nothing else."""
    names = [b"caf\xe8.jpg", b"caf\xe9.jpg"]
    paths = [folder / os.fsdecode(name) for name in names]
    for path in paths:
        path.write_bytes(os.fsencode(path.name))
    return paths


def test_names_that_are_no_text_are_sent_each_once_and_told_from_each_other(
    server: Scripted, folder: Path, odd: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["upload", str(folder)]) == 0
    assert capsys.readouterr().err.endswith("4 sent, 1 were sent before, 0 refused.\n")
    assert sum(b'filename="caf?.jpg"' in asked.body for asked in server.asked) == 2
    for path in odd:
        assert sum(os.fsencode(path.name) in asked.body for asked in server.asked) == 1
    assert len({asked.headers["Idempotency-Key"] for asked in server.asked}) == 4

    odd[0].write_bytes(b"changed")
    assert run(["upload", str(folder)]) == 0

    assert capsys.readouterr().err.endswith("1 sent, 4 were sent before, 0 refused.\n")


def test_a_refused_name_that_is_no_text_is_told_as_it_can_be(
    server: Scripted, folder: Path, odd: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    server.default = REFUSED

    assert run(["upload", str(folder)]) == 1

    line = f"  {folder}/caf?.jpg: This is no picture. (unsupported_type)"
    assert capsys.readouterr().err.splitlines().count(line) == 2


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


def test_a_journal_that_cannot_be_written_is_said(
    server: Scripted, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["upload", str(folder), "--journal", str(folder)]) == 1

    assert capsys.readouterr().err == (
        f"aivh: This machine refuses: [Errno 21] Is a directory: '{folder}'\n"
    )
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (problem(401, "authentication_failed", "This token is not valid."), 3, "not valid"),
        (problem(403, "not_allowed", "Your role does not include this."), 3, "role"),
        (Answer(b"hello", 404), 4, "no aivh site"),
    ],
)
def test_what_concerns_every_picture_ends_it_and_nothing_counts_as_sent(
    answer: Answer,
    code: int,
    words: str,
    server: Scripted,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    works, server.default = server.default, answer

    assert run(["upload", str(folder)]) == code

    assert words in capsys.readouterr().err
    server.default = works
    assert run(["upload", str(folder)]) == 0
    assert "2 sent" in capsys.readouterr().err


def test_a_folder_must_be_one(signed_in: Scripted, tmp_path: Path) -> None:
    assert run(["upload", str(tmp_path / "nowhere")]) == 2
    assert signed_in.asked == []


def test_a_file_that_still_grows_waits_and_one_that_changes_comes_again(folder: Path) -> None:
    grow = folder / "b.png"
    looks = finished_pictures(folder, Pace(), every=0)

    def look(before: Callable[[], object] = lambda: None) -> list[str]:
        before()
        found = []
        while (one := next(looks)) is not None:
            found.append(one.path.name)
        return found

    assert look() == []  # nobody knows yet what is finished
    assert look(lambda: grow.write_bytes(b"more and")) == ["a.jpg", "a-again.JPEG"]
    assert look(lambda: grow.write_bytes(b"more and more")) == []
    assert look() == ["b.png"]
    assert look(lambda: grow.write_bytes(b"another")) == []
    assert look() == ["b.png"]
    assert look() == []


def test_watching_sends_what_is_added_and_ends_well(
    server: Scripted, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    looks = 0

    def pictures(place: Path) -> list[Found]:
        nonlocal looks
        looks += 1
        if looks == 3:
            (place / "late.png").write_bytes(b"late")
        if len(server.asked) == 3:
            raise KeyboardInterrupt
        return list(pictures_below(place))

    monkeypatch.setattr("aivh_client.upload.finding.pictures_below", pictures)
    monkeypatch.setattr(Pace, "pause", lambda self, seconds: threading.Event().wait(0.005))

    assert run(["upload", str(folder), "--watch"]) == 0

    assert capsys.readouterr().err.endswith("3 sent, 1 were sent before, 0 refused.\n")


def test_a_linked_folder_a_link_to_nowhere_and_a_pipe_are_left_out(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")  # to read it would wait for ever
    (folder / "round").symlink_to(folder)
    (folder / "gone.jpg").symlink_to(folder / "nowhere")

    names = [found.path.name for found in pictures_below(folder)]

    assert names == ["a.jpg", "b.png", "a-again.JPEG"]
