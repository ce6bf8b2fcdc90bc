"""All checks at once, none for ever, and no secrets in what they say."""

import time
from unittest.mock import patch

import pytest

from aivh import discretion, env
from aivh.discretion import without_secrets
from aivh.doctor.examine import examine
from aivh.doctor.finding import Check, Doubtful, State, Wrong
from tests.aivh.doctor.saying import GET_UP, finding


def wrong() -> str:
    raise Wrong("It is broken", "Mend it.")


def doubtful() -> str:
    raise Doubtful("It creaks", "Oil it.")


def surprising() -> str:
    raise KeyError("nobody thought of this\nand a second line")


woken: list[str] = []


def sleepy() -> str:
    time.sleep(20)
    woken.append("late")
    return "late"


def told(look):
    found = finding(look)
    return found.state, found.words, found.todo


def test_each_outcome_is_a_line():
    assert told(lambda: "well") == (State.OK, "well", "")
    assert told(wrong) == (State.FAIL, "It is broken", "Mend it.")
    assert told(doubtful) == (State.WARN, "It creaks", "Oil it.")


def test_a_surprise_in_one_check_is_that_checks_failure():
    state, words, todo = told(surprising)
    assert (state, words) == (State.FAIL, r"KeyError: 'nobody thought of this\nand a second line'")
    assert todo.startswith("Nobody foresaw this.")


def test_checks_that_hang_cost_the_limit_once_and_keep_their_places():
    checks = {
        "first": Check(sleepy, "Wake the first."),
        "second": Check(lambda: "well", GET_UP),
        "third": Check(sleepy, "Wake the third."),
    }
    found = list(examine(checks, seconds=1))
    assert woken == []
    assert [(one.check, one.state, one.words, one.todo) for one in found] == [
        ("first", State.FAIL, "No answer within 1 seconds", "Wake the first."),
        ("second", State.OK, "well", ""),
        ("third", State.FAIL, "No answer within 1 seconds", "Wake the third."),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://me:opensesame@db/aivh is away", "postgres://**@db/aivh is away"),
        ("redis://:open@sesame@cache:6379/0", "redis://**@cache:6379/0"),
        ("GET /a?X-Goog-Signature=0a1b2c&x=1", "GET /a?X-Goog-Signature=**&x=1"),
        ("Authorization: Basic YXBpOjAxMjM0", "Authorization: Basic **"),
        ("Authorization: Token 0a1b2c3d4e", "Authorization: Token **"),
        ("Cookie: sessionid=abc123; csrftoken=def", "Cookie: **; csrftoken=**"),
        ("{'password': 'a b', 'x': 1}", "{'password': **, 'x': 1}"),
        ("Not Found: /r/AbC-dEf_123/picture/", "Not Found: /r/**/picture/"),
        ("/accounts/reset/MQ/c9x-0a1b2c3d/", "/accounts/reset/**/"),
        ("/invitations/AbC-dEf_123/", "/invitations/**/"),
        ("it was " + "0a" * 20, "it was **"),
        (r"read b'\x89PNG\r\n\x1a\n0000'", "read <bytes>"),
        ("digest " + "0a" * 32, "digest " + "0a" * 32),
        ("https://storage.example:443/a is up", "https://storage.example:443/a is up"),
    ],
)  # fmt: skip
def test_addresses_and_headers_lose_their_secrets(text, expected):
    assert without_secrets(text) == expected


def test_what_is_configured_as_a_secret_is_never_told(settings, monkeypatch):
    settings.SECRET_KEY, settings.WANDB = (
        "k3y-of-the-site",
        settings.WANDB | {"api_key": "w4ndbkey"},
    )
    settings.METRICS_TOKEN = "m3trics-token"
    monkeypatch.setattr(env, "DATABASE_URL", "postgres://me:p%40ssword@db/aivh")
    monkeypatch.setattr(env, "REDIS_URL", "rediss://:r3dis-word@cache/0")
    monkeypatch.setattr(env, "EMAIL_URL", "smtp://me:m4il-word@mail:25")
    monkeypatch.setattr(env, "OIDC_CLIENT_SECRET", "0idc-word")
    said = (
        "k3y-of-the-site w4ndbkey p@ssword p%40ssword r3dis-word m4il-word 0idc-word m3trics-token"
    )

    def leaky() -> str:
        raise Wrong(said, said)

    found = finding(leaky)
    assert found.words == found.todo == " ".join(["**"] * 8)


def test_secrets_are_gathered_once_and_anew_when_they_change(settings, monkeypatch):
    monkeypatch.setattr(env, "REDIS_URL", "rediss://:r3dis-word@cache/0")
    with patch.object(discretion, "quote", wraps=discretion.quote) as spelt:
        said = [without_secrets(f"{number} r3dis-word") for number in range(3)]
        assert (said, spelt.call_count > 0) == (["0 **", "1 **", "2 **"], True)
        spelt.reset_mock()
        assert without_secrets("3 r3dis-word") == "3 **"
        assert spelt.call_count == 0
        monkeypatch.setattr(env, "REDIS_URL", "rediss://:an0ther-word@cache/0")
        settings.SECRET_KEY = "k3y-of-the-site"
        assert without_secrets("r3dis-word an0ther-word k3y-of-the-site") == "r3dis-word ** **"


def test_a_password_that_is_a_common_word_is_not_cut_out_of_every_sentence(monkeypatch):
    monkeypatch.setattr(env, "DATABASE_URL", "postgres://aivh:aivh@db/aivh")
    assert without_secrets("the database aivh") == "the database aivh"
