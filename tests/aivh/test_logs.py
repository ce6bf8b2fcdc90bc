"""Lines of the log: what anybody writes into one stays in it, and secrets do not."""

import logging
import sys

import pytest

from aivh.logs import DiscreetFormatter

FORMATTER = DiscreetFormatter("{levelname} {name}: {message}", style="{")


def written(message: str, *args: object, failed: bool = False) -> str:
    told = sys.exc_info() if failed else None
    return FORMATTER.format(logging.LogRecord("web", 30, "", 0, message, args, told))


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("a\nERROR web: forged", r"a\nERROR web: forged"),
        ("a\r\x1b[2Jb\u2028c\x85d", r"a\r\x1b[2Jb\u2028c\x85d"),
        ("/r/AbC-dEf_123/", "/r/**/"),
        ("Cookie: sessionid=abc123", "Cookie: **"),
        ("https://b.example/a?X-Goog-Signature=0a1b&x=1", "https://b.example/a?X-Goog-Signature=**&x=1"),
        (b"\x89PNG\r\n\x1a\n and what follows", "<bytes>"),
        ("café", "café"),
    ],
)  # fmt: skip
def test_hostile_words_stay_on_their_line_and_secrets_out_of_it(said: object, line: str) -> None:
    assert written("%s", said) == f"WARNING web: {line}"


def test_a_traceback_forges_no_line_and_tells_no_secret() -> None:
    try:
        raise ValueError("password=opensesame\nERROR web: forged")
    except ValueError:
        lines = written("It broke", failed=True).splitlines()

    assert lines[0] == "WARNING web: It broke"
    assert all(line.startswith("    ") for line in lines[1:])
    assert lines[-2:] == ["    ValueError: password=**", "    ERROR web: forged"]
