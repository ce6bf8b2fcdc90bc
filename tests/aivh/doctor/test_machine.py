"""Room on the disks, and clocks that go apart."""

import time
from types import SimpleNamespace

import pytest

from aivh import env
from aivh.doctor import machine
from aivh.doctor.finding import State
from tests.aivh.conftest import DatabaseAt
from tests.aivh.doctor.saying import doubt, failure, finding

PLENTY = 10**18  # bytes that no disk has


def test_a_disk_with_room(settings) -> None:
    assert f"GB free in {settings.DATA_DIR}" in machine.disk()


def test_a_disk_that_gets_tight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "TIGHT", PLENTY)
    assert "larger disk" in doubt(machine.disk).todo


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "FULL", PLENTY)
    assert failure(machine.disk).words.endswith("soon nothing can be stored")


def our_clock(monkeypatch: pytest.MonkeyPatch, *, ahead: float) -> None:
    wrong = SimpleNamespace(time=lambda: time.time() + ahead)
    monkeypatch.setattr(machine, "time", wrong)


def test_clocks_that_agree() -> None:
    assert machine.clock().endswith(" Redis or Valkey")
    assert abs(machine.skew(machine._server_time)) < machine.NOTABLE


@pytest.mark.parametrize(("ahead", "word"), [(5.0, "ahead of"), (-5.0, "behind")])
def test_clocks_that_differ(monkeypatch: pytest.MonkeyPatch, ahead: float, word: str) -> None:
    our_clock(monkeypatch, ahead=ahead)
    told = doubt(machine.clock)
    assert f" s {word} Redis or Valkey" in told.words
    assert float(told.words.split()[0]) == pytest.approx(5, abs=1.5)
    assert "NTP" in told.todo


def test_clocks_that_differ_so_far_that_workers_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    our_clock(monkeypatch, ahead=20)
    assert "workers are missed" in failure(machine.clock).words


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_clock_of_postgres_is_read_too(
    database_at: DatabaseAt, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_at(postgres_url)
    found = finding(machine.clock)
    assert found.state == State.OK
    assert found.words.endswith(" Postgres")
    our_clock(monkeypatch, ahead=20)
    assert finding(machine.clock).state == State.FAIL


def test_without_a_server_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "cache_url", lambda: "unix:///nowhere/valkey.sock?db=1")
    assert doubt(machine.clock).words == "It cannot be told without Redis or Valkey"
