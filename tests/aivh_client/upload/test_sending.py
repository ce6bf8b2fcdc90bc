"""``aivh upload``: every picture once, whatever happens on the way."""

import os
from concurrent.futures import Future
from pathlib import Path
from typing import NoReturn

import pytest

from aivh_client.cli import run
from aivh_client.pictures import LARGEST
from aivh_client.upload import sending
from tests.servers.scripted import Scripted, problem

REFUSED = problem(415, "unsupported_type", "This is no picture.")


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


def test_a_folder_must_be_one(signed_in: Scripted, tmp_path: Path) -> None:
    assert run(["upload", str(tmp_path / "nowhere")]) == 2
    assert signed_in.asked == []


def test_what_ends_after_ctrl_c_is_in_the_figures_and_nothing_more_is_begun(
    server: Scripted,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wait = sending.wait

    def interrupted(under_way: set[Future[None]], *about: object, **more: object) -> NoReturn:
        while not server.asked:
            wait(under_way, 0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "wait", interrupted)

    assert run(["upload", str(folder), "--threads", "1"]) == 130

    told = "1 sent, 0 were sent before, 0 refused.\naivh: Stopped.\n"
    assert capsys.readouterr().err.endswith(told)
    assert len(server.asked) == 1
