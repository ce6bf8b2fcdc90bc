"""Logging in and out, passwords, and pages for what went wrong."""

import sys
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from tests.people import PASSWORD

NEW = "four words of your own"


def test_logging_in_leads_to_where_you_wanted_to_go(client, outsider) -> None:
    form = {"username": outsider.username, "password": PASSWORD, "next": "/images/"}
    answer = client.post("/accounts/login/", form)
    assert (answer.status_code, answer.url) == (302, "/images/")


def test_a_wrong_password_is_said_without_telling_which_half_was_wrong(client, outsider) -> None:
    known = client.post("/accounts/login/", {"username": outsider.username, "password": "x"})
    unknown = client.post("/accounts/login/", {"username": "nobody", "password": "x"})
    for answer in (known, unknown):
        assert "Please enter a correct username and password" in answer.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("door", ["/accounts/login/", "/admin/login/?next=/admin/"])
def test_whoever_guesses_a_password_is_slowed_down(client, administrator, door) -> None:
    right = {"username": administrator.username, "password": PASSWORD}
    for _ in range(12):
        assert client.post(door, right).status_code == 302
        client.post("/accounts/logout/")

    answers = [client.post(door, right | {"password": "x"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    answer = client.post(door, right)
    assert answer.status_code == 429
    assert "Wait a minute" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def guess(name: str, address: str, password: str = "x", client: Client | None = None) -> int:
    """One try from an address; the status."""
    form = {"username": name, "password": password}
    return (client or Client()).post("/accounts/login/", form, REMOTE_ADDR=address).status_code


@pytest.mark.parametrize("name", ["olli", "nobody"])
def test_whoever_guesses_at_one_name_from_many_places_is_slowed_down_too(outsider, name) -> None:
    """The same for a name that nobody has, however it is spelled."""
    spellings = (name, name.upper(), name.title())
    answers = [guess(spellings[n % 3], f"192.0.2.{n}") for n in range(12)]
    assert answers == [200] * 10 + [429] * 2
    assert guess("somebody else", "192.0.2.99") == 200


def test_a_customers_ipv6_addresses_count_as_one(outsider) -> None:
    answers = [guess(f"name{n}", f"2001:db8:1:2::{n}") for n in range(11)]
    assert answers == [200] * 10 + [429]
    assert guess("another", "2001:db8:1:3::1") == 200


def test_a_made_up_forwarding_header_fools_nobody(outsider, settings) -> None:
    def forwarded(n: int) -> int:
        headers = {"x-forwarded-for": f"192.0.2.{n}"}
        form = {"username": f"name{n}", "password": "x"}
        return Client(headers=headers).post("/accounts/login/", form).status_code

    assert [forwarded(n) for n in range(11)] == [200] * 10 + [429]
    cache.clear()
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    assert [forwarded(n) for n in range(11)] == [200] * 11


def test_the_token_address_is_no_second_door(outsider) -> None:
    form = {"username": outsider.username, "password": "x"}
    for n in range(10):
        Client(REMOTE_ADDR=f"192.0.2.{n}").post("/api/v1/token/", form)
    assert guess(outsider.username, "192.0.2.50", PASSWORD) == 429
    told = Client(REMOTE_ADDR="192.0.2.51").post("/api/v1/token/", form | {"password": PASSWORD})
    assert (told.status_code, told.json()["code"]) == (429, "throttled")
    assert int(told.headers["Retry-After"]) > 0


def test_strangers_who_guess_do_not_keep_the_owner_out_of_their_browser(outsider) -> None:
    known = Client()
    assert guess("olli", "198.51.100.1", PASSWORD, known) == 302
    known.post("/accounts/logout/")
    for n in range(15):
        guess("olli", f"192.0.2.{n}")
    assert guess("olli", "192.0.2.200", PASSWORD) == 429
    assert guess("olli", "198.51.100.1", PASSWORD, known) == 302


def test_a_known_browser_is_no_licence_to_guess(outsider, reviewer) -> None:
    known = Client()
    assert guess("olli", "198.51.100.1", PASSWORD, known) == 302
    known.post("/accounts/logout/")
    # The mark is good for its own name only, and is counted itself.
    assert [guess("robin", f"192.0.2.{n}", client=known) for n in range(11)][-1] == 429
    assert [guess("olli", f"203.0.113.{n}", client=known) for n in range(11)][-1] == 429
    known.cookies["signed_in_before"] = "forged"
    assert guess("olli", "203.0.113.99", client=known) == 200


@pytest.fixture
def deep_stack() -> Iterator[None]:
    """Room for ten requests inside each other; a thousand calls hold as many by a hair."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(4 * before)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("deep_stack")
def test_many_guesses_at_the_same_moment_are_all_counted(outsider, monkeypatch) -> None:
    """They are counted before their passwords are looked at, which takes a while."""
    looked_at = []

    def check(*_: object, **__: object) -> None:
        looked_at.append(1)
        if len(looked_at) < 30:
            guess("olli", "192.0.2.1")  # another one comes before this one is decided

    monkeypatch.setattr("django.contrib.auth.forms.authenticate", check)
    guess("olli", "192.0.2.1")
    assert len(looked_at) == 10


def test_logging_in_works_while_the_server_that_counts_is_away(
    client, outsider, monkeypatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no cache")

    for name in ("get", "add", "incr", "decr"):
        monkeypatch.setattr(cache, name, away)
    form = {"username": outsider.username, "password": "x"}
    assert client.post("/accounts/login/", form).status_code == 200
    assert client.post("/accounts/login/", form | {"password": PASSWORD}).status_code == 302


def test_the_back_office_is_entered_by_the_same_door(client, administrator) -> None:
    asked = client.get("/admin/", follow=True)
    assert "Log in" in asked.content.decode()
    form = {"username": administrator.username, "password": PASSWORD, "next": "/admin/"}
    assert client.post(asked.redirect_chain[-1][0], form).url == "/admin/"


def test_logging_out_needs_a_post(browse, outsider) -> None:
    client = browse(outsider)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").url == "/accounts/login/"
    assert client.get("/images/").status_code == 302


def test_a_password_can_be_changed(browse, outsider) -> None:
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    answer = browse(outsider).post("/accounts/password/", form, follow=True)
    assert "Your password is changed" in answer.content.decode()
    outsider.refresh_from_db()
    assert outsider.check_password(NEW)


def test_an_address_that_leads_nowhere_says_so_in_words(browse, outsider) -> None:
    answer = browse(outsider).get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing" in answer.content.decode()
    assert "<nav" in answer.content.decode()


def test_an_old_form_is_refused_in_words(outsider) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    client.force_login(outsider)
    answer = client.post("/accounts/logout/")
    assert answer.status_code == 403
    assert "nothing was changed" in answer.content.decode()
    assert client.get("/images/").status_code == 200


def test_no_page_carries_an_inline_style_or_script(browse, picture, administrator) -> None:
    image = picture(administrator)
    client = browse(administrator)
    for address in ("/", "/images/", f"/images/{image.pk}/", "/review/", "/accounts/password/"):
        answer = client.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        for forbidden in (" style=", "<style", "<script>", " onclick=", "javascript:"):
            assert forbidden not in page, f"{forbidden} on {address}"
