"""``aivh classify``: how it waits for a verdict."""

import time

import pytest

from aivh_client import classify as classify_module
from aivh_client.cli import run
from aivh_client.pace import Pace
from tests.aivh_client.pictures import picture
from tests.servers.scripted import Answer, Scripted


def test_it_asks_again_until_the_finding_is_there(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = picture(state="waiting", finding=None)
    signed_in.will(Answer(waiting, 202), Answer(waiting), Answer(picture()))

    assert run(["classify", "cat.jpg"]) == 0

    assert capsys.readouterr().out.startswith("ai ")
    assert [asked.path for asked in signed_in.asked[1:]] == ["/api/v1/images/0b7f/?wait=10"] * 2


def test_where_the_site_lets_nobody_wait_it_looks_less_and_less_often(
    signed_in: Scripted, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, rests = Answer(picture(state="waiting", finding=None)), []
    signed_in.will(*[waiting] * 6, Answer(picture()))
    monkeypatch.setattr(classify_module, "FIRST_REST", 0.25)
    monkeypatch.setattr(Pace, "pause", lambda self, seconds: rests.append(seconds))

    assert run(["classify", "cat.jpg"]) == 0

    assert [rest for rest in rests if rest] == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]


def test_whoever_has_waited_looks_again_at_once(
    signed_in: Scripted, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    signed_in.will(Answer(picture(state="waiting", finding=None)), Answer(picture()))
    monkeypatch.setattr(classify_module, "LONGEST_WAIT", 0)
    monkeypatch.setattr(Pace, "pause", lambda self, seconds: rests.append(seconds))

    assert run(["classify", "cat.jpg"]) == 0

    assert set(rests) == {0}


def test_at_the_end_of_its_time_it_has_looked_once_more(
    signed_in: Scripted, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in.default = Answer(picture(state="waiting", finding=None))
    monkeypatch.setattr(classify_module, "FIRST_REST", 60.0)
    begun = time.monotonic()

    assert run(["classify", "cat.jpg", "--timeout", "1"]) == 1

    assert 1.0 <= time.monotonic() - begun < 30.0
    assert [asked.method for asked in signed_in.asked] == ["POST", "GET"]
