"""``aivh classify``: a line for each file, in their order, and an exit code."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from aivh_client import classify as classify_module
from aivh_client.cli import run
from aivh_client.pace import Pace
from tests.servers.scripted import Answer, Scripted, problem

FINDING = {"verdict": "ai", "probability_ai": 0.973, "reasons": [], "model_version": 4}


def picture(**changed: Any) -> dict[str, Any]:
    """What the API says of one."""
    page = "http://site/images/0b7f/"
    known = {"id": "0b7f", "page": page, "state": "classified", "finding": FINDING}
    return {**known, "failure": None, "blind": False, "contradiction": False, **changed}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name in ("cat.jpg", "dog.png"):
        Path(name).write_bytes(name.encode())
    return ["cat.jpg", "dog.png"]


def test_a_verdict_with_its_probability_and_its_page(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    doubt = {**FINDING, "verdict": "uncertain", "probability_ai": 0.5, "reasons": ["too_small"]}
    signed_in.will(Answer(picture()), Answer(picture(finding=doubt)))

    assert run(["classify", *files, "--threads", "1"]) == 0

    told = capsys.readouterr()
    assert told.out == (
        "ai         97.3% AI  cat.jpg  http://site/images/0b7f/\n"
        "uncertain  50.0% AI  dog.png (too_small)  http://site/images/0b7f/\n"
    )
    assert told.err == ""
    assert signed_in.asked[0].path == "/api/v1/images/?wait=10"


def test_a_file_that_says_otherwise_is_named(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    human = {**FINDING, "verdict": "human", "probability_ai": 0.239}
    signed_in.default = Answer(picture(finding=human, contradiction=True))

    assert run(["classify", "cat.jpg"]) == 0
    assert run(["classify", "cat.jpg", "--json"]) == 0

    for_people, for_programs = capsys.readouterr().out.splitlines()
    assert for_people == (
        "human      23.9% AI  cat.jpg (its file says otherwise)  http://site/images/0b7f/"
    )
    assert json.loads(for_programs)["contradiction"] is True


def test_for_programs_there_is_an_object_on_a_line(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in.will(Answer(picture()), problem(422, "corrupt_picture", "It cannot be read."))

    assert run(["classify", *files, "--json", "--threads", "1"]) == 1

    first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = {"file": "cat.jpg", **FINDING, "id": "0b7f", "page": "http://site/images/0b7f/"}
    assert first == {**found, "contradiction": False, "code": None, "detail": None}
    assert (second["file"], second["verdict"]) == ("dog.png", None)
    assert (second["code"], second["detail"]) == ("corrupt_picture", "It cannot be read.")


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
    monkeypatch.setattr(classify_module, "FIRST_REST", 2.0)
    begun = time.monotonic()

    assert run(["classify", "cat.jpg", "--timeout", "1"]) == 1

    assert 1.0 <= time.monotonic() - begun < 2.0
    assert [asked.method for asked in signed_in.asked] == ["POST", "GET"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (picture(state="waiting", finding=None), "not there yet. (waiting)"),
        (picture(finding=None, blind=True), "still to answer for this picture"),
        (
            picture(state="failed", finding=None, failure={"code": "lost", "detail": "Lost."}),
            "Lost. (lost)",
        ),
    ],
)
def test_without_a_verdict_the_reason_and_the_page_are_told(
    body: dict[str, Any],
    words: str,
    signed_in: Scripted,
    files: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    signed_in.will(Answer(body, 202))

    assert run(["classify", "cat.jpg", "--timeout", "0"]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("cat.jpg: ")
    assert words in told.err
    assert "http://site/images/0b7f/" in told.err


def test_a_bad_file_stops_no_other_and_each_goes_under_a_key_of_its_own(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in.default = Answer(picture())

    assert run(["classify", "nowhere.jpg", *files]) == 1

    assert capsys.readouterr().err == "nowhere.jpg: No such file or directory (unreadable)\n"
    assert len({asked.headers["Idempotency-Key"] for asked in signed_in.asked}) == 2


def test_what_is_no_plain_file_or_no_possible_name_is_named_and_stops_no_other(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo("pipe.jpg")  # to read it would wait for ever
    Path("folder.jpg").mkdir()
    long = f"{'a' * 300}.jpg"
    signed_in.default = Answer(picture())

    assert run(["classify", "pipe.jpg", "folder.jpg", long, "cat.jpg"]) == 1

    told = capsys.readouterr()
    assert told.err == (
        "pipe.jpg: This is no plain file. (unreadable)\n"
        "folder.jpg: This is no plain file. (unreadable)\n"
        f"{long}: File name too long (unreadable)\n"
    )
    assert told.out.split()[3:] == ["cat.jpg", "http://site/images/0b7f/"]
    assert len(signed_in.asked) == 1


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_name_that_is_no_text_is_opened_as_it_is_and_told_as_it_can_be(
    words: list[str], signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    odd = os.fsdecode(b"caf\xe9.jpg")
    Path(odd).write_bytes(b"its bytes")
    signed_in.default = Answer(picture())

    assert run(["classify", odd, *words]) == 0

    assert b'filename="caf?.jpg"' in signed_in.asked[0].body
    assert b"its bytes" in signed_in.asked[0].body
    assert "caf?.jpg" in capsys.readouterr().out


def test_a_pattern_that_the_shell_has_left_is_resolved(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in.default = Answer(picture())

    assert run(["classify", "*.*"]) == 0

    assert [line.split()[3] for line in capsys.readouterr().out.splitlines()] == files


def test_without_the_right_to_upload_it_ends(
    signed_in: Scripted, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in.default = problem(403, "missing_scope", "It needs the scope “upload”.")

    assert run(["classify", *files]) == 3

    assert "It needs the scope “upload”. (missing_scope)" in capsys.readouterr().err
