"""``aivh upload --watch``: which files are pictures and finished, and how it ends."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aivh_client.cli import run
from aivh_client.pace import Pace
from aivh_client.upload.finding import Found, finished_pictures, pictures_below
from aivh_client.upload.telling import Tally
from tests.servers.scripted import Answer, Scripted, problem


def test_a_linked_folder_a_link_to_nowhere_and_a_pipe_are_left_out(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")  # to read it would wait for ever
    (folder / "round").symlink_to(folder)
    (folder / "gone.jpg").symlink_to(folder / "nowhere")

    names = [found.path.name for found in pictures_below(folder)]

    assert names == ["a.jpg", "b.png", "a-again.JPEG"]


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


@pytest.fixture(autouse=True)
def no_pause_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pace.pause
    monkeypatch.setattr(Pace, "pause", lambda self, seconds: pause(self, min(seconds, 0.01)))


def looks_end_it(monkeypatch: pytest.MonkeyPatch, when: Callable[[], bool]) -> None:
    """Ctrl-C at the first look at which ``when`` is true."""

    def pictures(place: Path) -> list[Found]:
        if when():
            raise KeyboardInterrupt
        return list(pictures_below(place))

    monkeypatch.setattr("aivh_client.upload.finding.pictures_below", pictures)


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    """What the command has told so far: a request that was sent is not yet an outcome."""
    tally = Tally()
    monkeypatch.setattr("aivh_client.upload.command.Tally", lambda: tally)
    return tally


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

    assert run(["upload", str(folder), "--watch"]) == 0

    assert capsys.readouterr().err.endswith("3 sent, 1 were sent before, 0 refused.\n")


def test_watching_ends_well_while_the_site_is_away(
    server: Scripted,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.default = Answer(b"", 503)
    looks_end_it(monkeypatch, lambda: len(server.asked) > 4)

    assert run(["upload", str(folder), "--watch"]) == 0

    assert capsys.readouterr().err.endswith("0 sent, 0 were sent before, 0 refused.\n")


def test_watching_goes_on_while_the_server_breaks_at_a_picture_for_each_thread(
    impatient: None,
    server: Scripted,
    folder: Path,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("0-bad.jpg", "1-bad.jpg"):
        (folder / name).write_bytes(name.encode())
    server.special = {b"-bad": problem(500, "internal_error")}
    looks_end_it(monkeypatch, lambda: tally.counts.total() == 5)

    assert run(["upload", str(folder), "--watch", "--threads", "2"]) == 1

    assert "2 sent, 1 were sent before, 2 refused:\n" in capsys.readouterr().err


def test_watching_waits_while_the_server_breaks_at_everything(
    impatient: None,
    server: Scripted,
    folder: Path,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    works, server.default = server.default, problem(500, "internal_error")
    looks_end_it(monkeypatch, lambda: tally.counts.total() == 3)
    threading.Timer(0.4, setattr, (server, "default", works)).start()

    assert run(["upload", str(folder), "--watch", "--threads", "1"]) == 0

    assert capsys.readouterr().err.endswith("2 sent, 1 were sent before, 0 refused.\n")
