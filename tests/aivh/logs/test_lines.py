"""A line: its fields, its two looks, and what never gets into one."""

import json
import logging

import pytest
from django.conf import settings
from gunicorn.config import Config
from structlog.contextvars import bind_contextvars

from aivh.logs.context import start_afresh
from aivh.logs.format import format_of, formatter
from aivh.logs.gunicorn import Lines
from aivh.logs.redaction import LONGEST_TRACEBACK, LONGEST_VALUE, scrubbed
from tests.aivh.logs.lines import written

log = logging.getLogger("worker.services.some")
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _nothing_bound():
    start_afresh({})
    yield
    start_afresh({})


def only_line(text: str, *args: object, form: str = "json") -> str:
    with written(form) as lines:
        log.warning(text, *args)
    return lines.text


def test_a_line_of_an_old_call_has_words_and_what_is_bound():
    bind_contextvars(image_id="5f0c", model_version=3)

    told = json.loads(only_line("%s waits: %s", "Image 5f0c", "no model"))

    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "level": "warning",
        "logger": "worker.services.some",
        "event": "Image 5f0c waits: no model",
        "image_id": "5f0c",
        "model_version": 3,
    }


def test_fields_are_those_that_are_known_and_no_others():
    with written() as lines:
        log.warning("So.", extra={"job_id": 7, "data": b"\x89PNG", "settings": {"key": "x"}})

    told = lines.objects[0]
    assert told["job_id"] == 7
    assert not {"data", "settings"} & set(told)


def test_words_for_people():
    bind_contextvars(request_id="abc", task_id="unspoken")

    line = only_line("It %s.", "waits", form="text")

    assert line[8:] == " warning It waits.  request_id=abc\n"


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "hostile",
    [
        "\n12:00:00 info    forged",
        "\r\nforged",
        "\x1b]0;title\x07",
        "\x1b[2J",
        "\u2028forged",
        "\u202eforged",
        "\x00",
        "\x85forged",
        "\ud800",
    ],
)
def test_nothing_steers_the_terminal_or_begins_a_line(form: str, hostile: str):
    line = only_line("Got %s", hostile, form=form)

    assert line.endswith("\n")
    assert line[:-1].isprintable()
    line.encode()


@pytest.mark.parametrize(
    "hostile",
    [
        f"Authorization: Bearer {KEY}",
        f"Authorization: Token {KEY}",
        f"Token {KEY}",
        f"{{'token': '{KEY}'}}",
        f'{{"password": "{KEY}"}}',
        f"password={KEY}&next=/",
        f"Cookie: sessionid={KEY}; csrftoken={KEY}",
        f"{{'sessionid': '{KEY}'}}",
        f"csrfmiddlewaretoken={KEY}",
        f"https://storage.googleapis.com/b/o?X-Goog-Signature={KEY}",
        f"https://storage.googleapis.com/b/o?X-Goog-Credential={KEY}&x=1",
        f"redis://:{KEY}@cache.example:6379/0",
        f"postgres://aivh:{KEY}@db.example/aivh",
        f"Not Found: /r/{KEY}/picture/",
        f"GET /invitations/{KEY}/ is gone",
        f"/accounts/reset/Mg/{KEY}/",
        f"token=\n{KEY}",
        repr(b"\x89PNG\r\n" + KEY.encode()),
        f"data:image/png;base64,{KEY * 8}",
    ],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_and_no_picture(hostile: str, form: str):
    assert KEY not in only_line("%s", hostile, form=form)


def test_the_sites_own_secrets_wherever_they_stand(monkeypatch):
    monkeypatch.setitem(settings.WANDB, "api_key", KEY)

    line = only_line("Login with %s and %s", KEY, settings.SECRET_KEY)

    assert KEY not in line
    assert settings.SECRET_KEY not in line


def test_a_traceback_is_kept_without_its_secrets():
    with written() as lines:
        try:
            raise ValueError(f"token={KEY}\nforged\x1b[31m")
        except ValueError:
            log.exception("It broke.")

    told = lines.objects[0]
    assert told["event"] == "It broke."
    assert told["exception"].startswith("Traceback (most recent call last):\n")
    assert told["exception"].endswith("ValueError: token=**\nforged\\x1b[31m")
    assert len(lines.text.splitlines()) == 1


def test_a_traceback_for_people_stands_indented():
    with written("text") as lines:
        try:
            raise ValueError("\n12:00:00 info    forged")
        except ValueError:
            log.exception("It broke.")

    first, *below = lines.text.splitlines()
    assert first.endswith("It broke.")
    assert all(line.startswith("    ") for line in below)


def test_no_line_is_endless():
    told = json.loads(only_line("%s", "x y " * LONGEST_VALUE))

    assert len(told["event"]) == LONGEST_VALUE
    with written() as lines:
        try:
            raise ValueError("x y " * LONGEST_TRACEBACK)
        except ValueError:
            log.exception("It broke.")
    assert len(lines.objects[0]["exception"]) <= LONGEST_TRACEBACK


class Strange:
    def __str__(self) -> str:
        raise RuntimeError(KEY)


@pytest.mark.parametrize(
    ("text", "args"), [("%d", ("x",)), ("%s %s", (KEY,)), ("%s", (Strange(),))]
)
def test_what_cannot_be_written_says_so(text, args):
    record = logging.LogRecord("some", logging.INFO, "", 0, text, args, None)

    told = json.loads(formatter("json").format(record))

    assert told["event"].startswith("A line of some could not be written: ")
    assert KEY not in str(told)


def test_whole_messages_for_others_are_scrubbed_however_deep():
    found = scrubbed({"a": [{"Cookie": KEY, "b": b"12", "c": f"Token {KEY}"}, 1, None]})

    assert found == {"a": [{"Cookie": "**", "b": "<2 bytes>", "c": "Token **"}, 1, None]}


class Terminal:
    def __init__(self, there: bool) -> None:
        self.there = there

    def isatty(self) -> bool:
        return self.there


@pytest.mark.parametrize(
    ("wanted", "terminal", "got"),
    [
        ("auto", True, "text"),
        ("auto", False, "json"),
        ("json", True, "json"),
        ("text", False, "text"),
    ],
)
def test_the_format(wanted, terminal, got):
    assert format_of(wanted, Terminal(terminal)) == got  # type: ignore[arg-type]


def test_gunicorns_own_lines_are_ours():
    lines = Lines(Config())
    [handler] = lines.error_log.handlers
    record = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 0, "Error handling request %s", (f"/r/{KEY}/\n",), None
    )

    told = json.loads(handler.format(record))

    assert told["event"] == "Error handling request /r/**/\\n"
    assert (told["level"], told["logger"]) == ("error", "gunicorn.error")
