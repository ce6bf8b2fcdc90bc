"""``aivh classify``: a line for each file, in their order, and an exit code."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from aivh_client.cli import run
from tests.aivh_client.pictures import FINDING, picture
from tests.servers.scripted import Answer, Scripted, problem


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


def test_a_file_at_which_the_server_always_breaks_stops_no_other(
    signed_in: Scripted,
    files: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aivh_client.connection.PATIENCE", 0.1)
    signed_in.default = Answer(picture())
    signed_in.special = {b"cat.jpg": problem(500, "internal_error", "Our fault.")}

    assert run(["classify", *files]) == 1

    told = capsys.readouterr()
    assert told.err == "cat.jpg: The server fails at this: Our fault. (internal_error)\n"
    assert told.out.split()[3] == "dog.png"


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
