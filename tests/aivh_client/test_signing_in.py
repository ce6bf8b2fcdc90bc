"""Signing out: what is forgotten here and what ends on the site."""

import pytest

from aivh_client.account import Account, keep, kept_in
from aivh_client.cli import run
from tests.servers.scripted import Answer, Scripted, problem

STILL_GOOD = (
    "Signed out here. Revoke the token on the site, too, if anybody else could have read it.\n"
)


def test_the_token_that_signing_in_made_ends_on_the_site(
    scripted: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(Account(scripted.url, "secret", made_here=True))
    scripted.will(Answer({"username": "robin", "token": {"id": 9}}), Answer(b"", 204))

    assert run(["logout"]) == 0

    asked = [(request.method, request.path) for request in scripted.asked]
    assert asked == [("GET", "/api/v1/me/"), ("DELETE", "/api/v1/me/tokens/9/")]
    assert {request.headers["Authorization"] for request in scripted.asked} == {"Bearer secret"}
    assert capsys.readouterr() == ("Signed out.\n", "")
    assert not kept_in().exists()


def test_a_token_that_was_given_stays_good_there(
    scripted: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(Account(scripted.url, "secret"))

    assert run(["logout"]) == 0

    assert scripted.asked == []
    assert capsys.readouterr() == (STILL_GOOD, "")
    assert not kept_in().exists()


@pytest.mark.parametrize(
    "refusals",
    [
        [problem(401, "authentication_failed")],
        [Answer({"token": {"id": 9}}), problem(403, "missing_scope")],
        [Answer(hang_up=True)],
    ],
)
def test_what_the_site_does_not_end_is_forgotten_here_and_said(
    scripted: Scripted, refusals: list[Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(Account(scripted.url, "secret", made_here=True))
    scripted.will(*refusals)

    assert run(["logout"]) == 0

    told = capsys.readouterr()
    assert told.out == STILL_GOOD
    assert told.err.startswith("The site could not end the token: ")
    assert not kept_in().exists()


def test_nobody_signs_out_nowhere(scripted: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["logout"]) == 0

    assert capsys.readouterr() == ("You were not signed in.\n", "")


def test_what_is_damaged_is_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    keep(Account("https://aivh.example", "secret"))
    kept_in().write_text("{")

    assert run(["logout"]) == 0

    assert not kept_in().exists()
    assert capsys.readouterr().out == STILL_GOOD
