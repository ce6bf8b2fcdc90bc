"""Who is signed in where, and that nobody else can read it."""

import stat
from pathlib import Path

import pytest

from aivh_client.account import Account, account, forget, keep, kept_in, site_address
from aivh_client.errors import NotAllowed, WrongUse

ROBIN = Account("https://aivh.example", "secret")


def test_it_is_kept_where_only_its_person_can_read_it(home: Path) -> None:
    keep(Account("https://old.example", "old"))
    keep(ROBIN)

    assert account() == ROBIN
    assert kept_in() == home / "config" / "aivh" / "account.json"
    assert stat.S_IMODE(kept_in().stat().st_mode) == 0o600
    assert stat.S_IMODE(kept_in().parent.stat().st_mode) == 0o700
    assert list(kept_in().parent.iterdir()) == [kept_in()]


def test_the_environment_goes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(ROBIN)
    monkeypatch.setenv("AIVH_URL", "localhost:8000/")
    with pytest.raises(NotAllowed, match="go together"):
        account()

    monkeypatch.setenv("AIVH_TOKEN", "other")

    assert account() == Account("http://localhost:8000", "other")


def test_forgotten_nobody_is_signed_in() -> None:
    keep(ROBIN)

    forget()

    forget()  # no fault
    with pytest.raises(NotAllowed, match="aivh login"):
        account()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"address": "x"}'])
def test_a_damaged_file_asks_for_a_new_login(text: str) -> None:
    keep(ROBIN)
    kept_in().write_text(text)

    with pytest.raises(NotAllowed, match="Sign in again"):
        account()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("aivh.example", "https://aivh.example"),
        ("https://aivh.example/", "https://aivh.example"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        (" aivh.example/below/ ", "https://aivh.example/below"),
    ],
)
def test_an_address_is_taken_as_people_type_it(typed: str, address: str) -> None:
    assert site_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://aivh.example",
        "file:///etc/passwd",
        "https://[",
        "[::1",
        "https://aivh..example",
        f"https://{'a' * 64}.example",
        "https://aivh.example:70000",
        "https://aivh.example:port",
        "localhost:0",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(WrongUse, match="is no address of a site, as https"):
        site_address(typed)
