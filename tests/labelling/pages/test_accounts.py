"""Logging in and out, passwords, and pages for what went wrong."""

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


def test_logging_in_works_while_the_server_that_counts_is_away(
    client, outsider, monkeypatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no cache")

    monkeypatch.setattr(cache, "get", away)
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
