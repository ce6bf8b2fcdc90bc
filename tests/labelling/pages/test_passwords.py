"""A new password by mail, through a real mail server, or by a link of an administrator."""

import re
import threading

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from labelling.models import ApiToken, AuditEntry, User
from labelling.services.people import deactivate_person, make_reset_token
from tests.labelling.programs import with_token
from tests.people import PASSWORD, make_person
from tests.servers.smtp import Post

pytestmark = pytest.mark.django_db
ASK = "/accounts/reset/"
NEW = "four words of mine"


@pytest.fixture
def nina(db: None) -> User:
    nina = make_person("nina")
    nina.email = "nina@mail.example"
    nina.save()
    return nina


def ask(client: Client, address: str) -> str:
    return client.post(ASK, {"email": address}, follow=True).content.decode()


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/accounts/reset/\S+/)", text)
    assert found, text
    return found.group(1)


def set_password(client: Client, link: str, password: str = NEW) -> int:
    """Follow the link; Django keeps its token in the session and out of the address."""
    form = client.get(link, follow=True)
    answer = client.post(
        form.request["PATH_INFO"], {"new_password1": password, "new_password2": password}
    )
    return answer.status_code


def test_a_link_comes_by_mail_and_works_once(client: Client, nina: User, mailing: Post) -> None:
    assert "Look into your mail" in ask(client, "Nina@mail.example")

    [mail] = mailing.wait()
    assert (mail["To"], mail["From"]) == (nina.email, "Picture desk <desk@mail.example>")
    assert mail["Subject"] == "A new password for nina"
    link = link_in(mail.get_content())
    assert set_password(client, link) == 302
    nina.refresh_from_db()
    assert nina.check_password(NEW)
    assert set_password(Client(), link, "another four words") == 200
    nina.refresh_from_db()
    assert nina.check_password(NEW)


def test_the_answer_is_the_same_whether_or_not_the_address_is_known(
    client: Client, nina: User, mailing: Post
) -> None:
    known, unknown = ask(client, nina.email), ask(client, "nobody@mail.example")
    assert known == unknown
    assert len(mailing.wait()) == 1


def test_it_takes_no_longer_where_the_mail_server_is_slow(
    client: Client, nina: User, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDS_MAIL = True
    gone_on = threading.Event()
    sent = threading.Event()

    def slow(*_: object, **__: object) -> None:
        gone_on.wait(60)
        sent.set()

    monkeypatch.setattr("labelling.services.mail.send_mail", slow)
    assert "Look into your mail" in ask(client, nina.email)
    assert not sent.is_set()
    gone_on.set()
    assert sent.wait(60)


def test_a_mail_server_that_refuses_breaks_nothing(
    client: Client, nina: User, mailing: Post
) -> None:
    mailing.refuses = True
    assert "Look into your mail" in ask(client, nina.email)
    assert mailing.messages == []


def test_whoever_resets_is_signed_in_there_and_nowhere_else(
    client: Client, nina: User, mailing: Post
) -> None:
    thief = Client()
    thief.force_login(nina)
    with_token(nina)
    # Signing in would end the link, so it comes after.
    ask(client, nina.email)
    assert set_password(client, link_in(mailing.wait()[0].get_content())) == 302

    page = client.get("/", headers={"accept": "text/html"}).content.decode()
    assert "Your new password is set" in page
    assert thief.get("/images/").status_code == 302
    assert not ApiToken.objects.open().exists()
    assert AuditEntry.objects.get().action == "person.password_reset"


def test_a_link_helps_while_strangers_guess_at_the_name(
    client: Client, nina: User, mailing: Post
) -> None:
    for n in range(12):
        wrong = {"username": "nina", "password": "x"}
        Client(REMOTE_ADDR=f"192.0.2.{n}").post("/accounts/login/", wrong)
    right = {"username": "nina", "password": NEW}
    assert client.post("/accounts/login/", right).status_code == 429

    ask(client, nina.email)
    assert set_password(client, link_in(mailing.wait()[0].get_content())) == 302
    client.post("/accounts/logout/")
    assert client.post("/accounts/login/", right).status_code == 302


def test_no_mail_goes_to_whoever_may_not_come_in(
    client: Client, nina: User, administrator: User, mailing: Post
) -> None:
    old = make_reset_token(person_id=nina.pk, by=administrator)
    deactivate_person(person_id=nina.pk, by=administrator)
    without = make_person("organised")
    without.email = "organised@mail.example"
    without.set_unusable_password()
    without.save()

    for address in (nina.email, without.email):
        assert "Look into your mail" in ask(client, address)
    assert mailing.messages == []
    uid = urlsafe_base64_encode(force_bytes(nina.pk))
    page = client.get(f"/accounts/reset/{uid}/{old}/", follow=True)
    assert "not valid" in page.content.decode()


def test_a_mailbox_gets_three_an_hour_and_the_answer_stays_the_same(
    nina: User, mailing: Post
) -> None:
    answers = {ask(Client(REMOTE_ADDR=f"192.0.2.{n}"), nina.email) for n in range(6)}
    assert len(answers) == 1
    mailing.wait(3)
    assert len(mailing.messages) == 3


def test_one_address_asks_ten_times_an_hour(client: Client, nina: User) -> None:
    statuses = [client.post(ASK, {"email": f"p{n}@mail.example"}).status_code for n in range(11)]
    assert statuses == [302] * 10 + [429]
    assert Client(REMOTE_ADDR="192.0.2.9").post(ASK, {"email": nina.email}).status_code == 302


def test_it_works_while_the_server_that_counts_is_away(
    client: Client, nina: User, mailing: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no cache")

    monkeypatch.setattr(cache, "add", away)
    ask(client, nina.email)
    assert mailing.wait()


def test_without_mail_the_page_says_whom_to_ask(client: Client, nina: User) -> None:
    page = client.get(ASK).content.decode()
    assert "Ask your administrator" in page
    assert 'name="email"' not in page


def test_the_site_is_called_what_its_administrator_calls_it(
    client: Client, nina: User, mailing: Post, settings
) -> None:
    settings.SITE_URL = "https://aivh.example"
    settings.ALLOWED_HOSTS = ["*"]
    client.post(ASK, {"email": nina.email}, headers={"host": "evil.example"})
    body = mailing.wait()[0].get_content()
    assert "https://aivh.example/accounts/reset/" in body
    assert "evil" not in body


def test_an_administrator_hands_over_a_link(browse, administrator: User, nina: User) -> None:
    page = browse(administrator).post(f"/people/{nina.pk}/reset-link/").content.decode()
    assert set_password(Client(), link_in(page.replace('"', " "))) == 302
    nina.refresh_from_db()
    assert nina.check_password(NEW)


def test_a_link_ends_when_its_person_signs_in(browse, administrator: User, nina: User) -> None:
    page = browse(administrator).post(f"/people/{nina.pk}/reset-link/").content.decode()
    link = link_in(page.replace('"', " "))
    Client().post("/accounts/login/", {"username": "nina", "password": PASSWORD})
    assert set_password(Client(), link) == 200
    nina.refresh_from_db()
    assert nina.check_password(PASSWORD)
