"""Watching processes: small real ones that die, refuse to end, or leave children behind."""

import io
import json
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from aivh.supervisor import supervisor as module
from aivh.supervisor.log import Log
from aivh.supervisor.parts import Part
from aivh.supervisor.supervisor import Supervisor

SLEEPER = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
PARENT = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    f"{SLEEPER}"
)
LAST_WORDS = (
    "import signal, sys, time;"
    "signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit()));"
    f"{SLEEPER}"
)


class Watch:
    """A supervisor whose log is kept."""

    def __init__(self, output: io.StringIO) -> None:
        self.output = output
        self.supervisor = Supervisor(Log(output, coloured=False))

    def start(self, name: str, code: str) -> None:
        self.supervisor.start(Part(name, ("python", "-c", code)))

    def until(self, reached: Callable[[], bool]) -> None:
        assert self.supervisor.wait_until(reached, timeout=60), self.output.getvalue()

    def says(self, text: str, times: int = 1) -> None:
        self.until(lambda: self.output.getvalue().count(text) >= times)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    output = io.StringIO()
    monkeypatch.setattr(module, "GRACE", 0.5)
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)
    watch = Watch(output)
    yield watch
    watch.supervisor.shut_down()


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_one_that_dies_is_started_again_after_ever_longer_pauses(watch, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.2)
    watch.start("clock", "import sys; sys.exit(3)")
    watch.says("clock died (exit code 3)", times=4)
    pauses = [line.split("in ")[1] for line in watch.output.getvalue().splitlines()]
    assert pauses[:4] == ["0.05 s.", "0.1 s.", "0.2 s.", "0.2 s."]


def test_one_that_lives_and_is_stalled_is_started_again(watch):
    watch.start("stuck", STUBBORN)
    watch.start("other", SLEEPER)
    watch.says("│ here", times=2)
    child = next(process for process in children() if STUBBORN in process.cmdline())
    child.suspend()
    watch.supervisor.restart("stuck", "it says nothing.")
    watch.says("stuck is started again: it says nothing.")
    watch.says("stuck   │ here", times=2)
    assert watch.output.getvalue().count("other   │ here") == 1


def test_one_that_does_not_end_is_killed(watch):
    before = set(children())
    watch.start("deaf", STUBBORN)
    watch.says("deaf    │ here")
    began = time.monotonic()
    watch.supervisor.shut_down()
    assert time.monotonic() - began >= 0.5
    assert set(children()) == before


def test_what_a_part_started_goes_with_it(watch):
    before = set(children())
    watch.start("family", PARENT)
    watch.says("family  │ here")
    watch.until(lambda: len(set(children()) - before) == 2)
    family = set(children()) - before
    watch.supervisor.shut_down()
    psutil.wait_procs(list(family), timeout=30)
    assert not any(process.is_running() for process in family)


def test_what_a_dead_part_leaves_behind_is_removed_before_it_starts_again(watch):
    before = set(children())
    watch.start("family", PARENT)
    watch.until(lambda: len(set(children()) - before) == 2)
    family = set(children()) - before
    next(process for process in family if PARENT in process.cmdline()).kill()
    watch.says("family died (signal 9)")
    psutil.wait_procs(list(family), timeout=30)
    assert not any(process.is_running() for process in family)


def test_the_first_part_stops_when_all_others_have(watch):
    for name in ("first", "second", "third"):
        watch.start(name, LAST_WORDS)
    watch.says("│ here", times=3)
    watch.supervisor.shut_down()
    deadline = time.monotonic() + 30
    while watch.output.getvalue().count("bye") < 3:
        assert time.monotonic() < deadline
    goodbyes = [line for line in watch.output.getvalue().splitlines() if line.endswith("bye")]
    assert goodbyes[-1].startswith("first")


def test_told_to_stop_it_waits_for_nothing(watch):
    watch.supervisor.stop()
    assert watch.supervisor.wait_until(lambda: True, timeout=5) is False


def test_lines_are_told_apart_and_hushed_ones_left_out():
    output = io.StringIO()
    lines = [b"one\n", b"\n", b"never mind\n", b"caf\xc3\xa9 \xff\n"]
    Log(output, coloured=False).follow(lines, part="web", hushed=["never"])
    assert output.getvalue() == "web     │ one\nweb     │ café \ufffd\n"


def test_each_part_keeps_its_colour():
    output = io.StringIO()
    log = Log(output, coloured=True)
    for part in ("web", "worker", "web"):
        log.say("hello", part=part)
    first, second, third = output.getvalue().splitlines()
    assert first == third
    assert first[:5] != second[:5]


def test_a_reader_who_has_gone_stops_nothing():
    closed = io.StringIO()
    closed.close()
    Log(closed, coloured=False).say("hello")


def test_lines_for_programs_are_objects_that_name_their_part():
    lines = [b'{"level": "info", "event": "GET /"}\n', b"plain \x1b[31m words\n", b"[1, 2]\n"]
    output = io.StringIO()
    Log(output, coloured=False, as_json=True).follow(lines, part="web")
    told = [json.loads(line) for line in output.getvalue().splitlines()]
    assert told[0] == {"part": "web", "level": "info", "event": "GET /"}
    assert [line["event"] for line in told[1:]] == ["plain \\x1b[31m words", "[1, 2]"]
    assert {line["part"] for line in told} == {"web"}
