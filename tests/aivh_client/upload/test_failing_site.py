"""A site that fails: at one picture, at all, or at everything that it is asked."""

from pathlib import Path

import pytest

from aivh_client.cli import run
from aivh_client.pace import Tries
from tests.aivh_client.upload.sent import times_sent
from tests.servers.scripted import Answer, Scripted, problem


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


@pytest.mark.parametrize("threads", ["1", "4"])
def test_a_picture_at_which_the_server_always_breaks_stops_no_other_and_is_tried_again(
    threads: str,
    impatient: None,
    server: Scripted,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("bad-1.jpg", "bad-2.jpg"):
        (folder / name).write_bytes(name.encode())
    server.special = {b"bad-": problem(500, "internal_error", "Our fault.")}

    assert run(["upload", str(folder), "--threads", threads]) == 1

    told = capsys.readouterr().err
    assert "2 sent, 1 were sent before, 2 refused:\n" in told
    for name in ("bad-1.jpg", "bad-2.jpg"):
        why = "The server fails at this: Our fault. (internal_error)"
        assert f"  {folder}/{name}: {why}\n" in told
        assert times_sent(server, name) > 2
    assert run(["upload", str(folder), "--threads", threads]) == 1  # nothing else is left to send
    assert "0 sent, 3 were sent before, 2 refused:\n" in capsys.readouterr().err

    server.special = {}
    assert run(["upload", str(folder)]) == 0
    assert capsys.readouterr().err.endswith("2 sent, 3 were sent before, 0 refused.\n")


@pytest.mark.parametrize(
    "broken",
    [problem(500, "internal_error", "Our fault."), Answer(hang_up=True)],
)
def test_a_server_that_does_nothing_else_either_ends_it(
    broken: Answer,
    impatient: None,
    server: Scripted,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    works, server.default = server.default, broken

    assert run(["upload", str(folder), "--threads", "1"]) == 4

    assert "0 sent, 0 were sent before, 0 refused.\naivh: " in capsys.readouterr().err
    server.default = works
    assert run(["upload", str(folder)]) == 0
    assert capsys.readouterr().err.endswith("2 sent, 1 were sent before, 0 refused.\n")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_away_for_a_picture_is_away_for_all(
    status: int,
    impatient: None,
    server: Scripted,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.special = {b'filename="b.png"': Answer(b"", status)}

    assert run(["upload", str(folder), "--threads", "1"]) == 4

    assert "1 sent, 1 were sent before, 0 refused.\naivh: The server" in capsys.readouterr().err


def test_a_server_that_has_just_come_back_takes_the_picture(
    impatient: None,
    server: Scripted,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It breaks at a picture last when patience is over, and is back when it is asked for more."""
    monkeypatch.setattr(Tries, "lasted", lambda self: 0.1)
    server.will(problem(500, "internal_error"))

    assert run(["upload", str(folder), "--threads", "1"]) == 0

    assert capsys.readouterr().err.endswith("2 sent, 1 were sent before, 0 refused.\n")
    asked = [f"{request.method} {request.path}" for request in server.asked]
    images = "POST /api/v1/images/"
    assert asked == [images, "GET /api/v1/me/", images, images]
