"""The pages of people and invitations."""

import re

import pytest
from django.test import Client

from labelling.models import Invitation, Review, User
from labelling.permissions import ADJUDICATORS, REVIEWERS, UPLOADERS
from labelling.services.invitations import accept_invitation, invite
from labelling.services.people import deactivate_person
from tests.labelling.rows import make_image
from tests.people import PASSWORD, make_person
from tests.servers.smtp import Post

pytestmark = pytest.mark.django_db
GOOD = "four words of mine"


def listed(client: Client, **query: str) -> list[str]:
    return [person.username for person in client.get("/people/", query).context["page"]]


def roles_of(person: User) -> list[str]:
    return sorted(User.objects.get(pk=person.pk).groups.values_list("name", flat=True))


def test_the_list_tells_roles_reviews_and_who_invited(
    browse, administrator: User, reviewer: User
) -> None:
    _, secret = invite(roles=[ADJUDICATORS], by=administrator)
    accept_invitation(secret=secret, username="nina", password=GOOD)
    for number in range(3):
        image = make_image(f"{number}")
        vote = Review.objects.create(image=image, reviewer=reviewer, answer="ai")
    Review.objects.create(image=image, reviewer=reviewer, answer="retracted", retracts=vote)

    page = browse(administrator).get("/people/").content.decode()
    rows = {name: row for row in page.split("<tr>") for name in ("robin", "nina") if name in row}
    assert 'class="number">3<' in rows["robin"]
    assert REVIEWERS in rows["robin"]
    assert 'class="number">0<' in rows["nina"]
    assert ADJUDICATORS in rows["nina"]
    assert ">alex<" in rows["nina"]
    assert "never" in rows["nina"]


def test_people_are_found_by_name_address_and_role(
    browse, administrator: User, reviewer: User, second_reviewer: User, outsider: User
) -> None:
    User.objects.filter(pk=outsider.pk).update(
        first_name="Olga", last_name="Ivanova", email="olga@mail.example"
    )
    deactivate_person(person_id=second_reviewer.pk, by=administrator)
    client = browse(administrator)
    assert listed(client) == ["alex", "olli", "robin", "sasha"]
    assert listed(client, q="OLGA mail.example") == ["olli"]
    assert listed(client, show=REVIEWERS) == ["robin", "sasha"]
    assert listed(client, show="deactivated") == ["sasha"]
    assert listed(client, show="<b>", q="%") == []
    assert "Nobody like that." in client.get("/people/?q=zzz").content.decode()


def test_more_people_need_no_more_queries(
    browse, administrator: User, django_assert_num_queries
) -> None:
    client = browse(administrator)
    for more in (2, 20):
        for number in range(more):
            _, secret = invite(roles=[REVIEWERS], by=administrator)
            accept_invitation(secret=secret, username=f"p{more}-{number}", password=GOOD)
            invite(roles=[REVIEWERS], by=administrator)
        with django_assert_num_queries(12):
            client.get("/people/")
        with django_assert_num_queries(9):
            client.get("/people/invite/")
        with django_assert_num_queries(10):
            client.get(f"/people/{administrator.pk}/")


def test_roles_are_ticked_and_saved(browse, administrator: User, outsider: User) -> None:
    client, address = browse(administrator), f"/people/{outsider.pk}/"
    page = client.get(address).content.decode()
    assert re.search(r'value="Uploaders" checked', page)
    assert not re.search(r'value="Reviewers" checked', page)

    assert client.post(address, {"roles": [REVIEWERS, ADJUDICATORS]}).status_code == 302
    assert roles_of(outsider) == [ADJUDICATORS, REVIEWERS]


def test_what_cannot_be_is_said_on_a_page(browse, administrator: User) -> None:
    answer = browse(administrator).post(f"/people/{administrator.pk}/", {"roles": [UPLOADERS]})
    assert answer.status_code == 409
    assert "your own administrator" in answer.content.decode()
    assert browse(administrator).get("/people/9999/").status_code == 404


def test_the_page_of_a_superuser_offers_an_administrator_nothing(
    browse, administrator: User
) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    page = browse(administrator).get(f"/people/{root.pk}/").content.decode()
    assert '<fieldset class="ticks" disabled>' in page
    assert "Deactivate</button>" not in page
    assert "reset-link" not in page


def test_somebody_is_deactivated_and_comes_back(
    browse, administrator: User, reviewer: User
) -> None:
    theirs, client = browse(reviewer), browse(administrator)
    page = client.post(f"/people/{reviewer.pk}/deactivate/", follow=True).content.decode()
    assert "comes in no more" in page
    assert "Reactivate</button>" in page
    assert theirs.get("/").status_code == 302
    form = {"username": "robin", "password": PASSWORD}
    refused = Client().post("/accounts/login/", form)
    wrong = Client().post("/accounts/login/", form | {"password": "x"})
    for answer in (refused, wrong):
        assert "Please enter a correct username and password" in answer.content.decode()

    client.post(f"/people/{reviewer.pk}/reactivate/")
    assert Client().post("/accounts/login/", form).status_code == 302


def made_link(page: str) -> str:
    found = re.search(r'value="http://testserver(/invitations/[^"]+)"', page)
    assert found, page
    return found.group(1)


def test_an_invitation_is_made_shown_once_and_accepted(
    browse, administrator: User, client: Client
) -> None:
    desk = browse(administrator)
    page = desk.post("/people/invite/", {"roles": [REVIEWERS]}).content.decode()
    link = made_link(page)
    assert "Hand it over yourself" in page
    assert link not in desk.get("/people/invite/").content.decode()

    assert "alex invites you" in client.get(link).content.decode()
    form = {"username": "nina", "password1": GOOD, "password2": GOOD}
    welcome = client.post(link, form, follow=True)
    assert welcome.redirect_chain == [("/", 302)]
    assert roles_of(User.objects.get(username="nina")) == [REVIEWERS, UPLOADERS]
    assert client.get("/review/", headers={"accept": "text/html"}).status_code == 200
    again = Client().get(link)
    assert (again.status_code, "not valid" in again.content.decode()) == (404, True)


def test_the_form_says_what_is_wrong_with_a_name_or_a_password(
    administrator: User, client: Client
) -> None:
    _, secret = invite(roles=[], by=administrator)
    link = f"/invitations/{secret}/"
    for name, password, second, sentence in (
        ("Alex", GOOD, GOOD, "already exists"),
        ("nina", GOOD, "other", "didn’t match"),
        ("nina", "12345678", "12345678", "entirely numeric"),
    ):
        form = {"username": name, "password1": password, "password2": second}
        answer = client.post(link, form)
        assert (answer.status_code, sentence in answer.content.decode()) == (200, True)
    assert not User.objects.filter(username__in=["Alex", "nina"]).exists()


def test_an_unknown_link_and_a_used_one_are_the_same_page(
    administrator: User, client: Client
) -> None:
    _, secret = invite(roles=[], by=administrator)
    accept_invitation(secret=secret, username="nina", password=GOOD)
    asked = {"X-Request-ID": "the-same"}  # the page shows it
    used, unknown = (
        client.get(f"/invitations/{link}/", headers=asked) for link in (secret, "none")
    )
    assert used.status_code == unknown.status_code == 404
    assert used.content == unknown.content


def test_whoever_is_signed_in_is_told_and_uses_nothing_up(
    browse, administrator: User, reviewer: User
) -> None:
    made, secret = invite(roles=[], by=administrator)
    client, people = browse(reviewer), User.objects.count()
    form = {"username": "nina", "password1": GOOD, "password2": GOOD}
    for answer, status in (
        (client.get(f"/invitations/{secret}/"), 200),
        (client.post(f"/invitations/{secret}/", form), 409),
    ):
        assert answer.status_code == status
        assert "You are signed in as robin" in answer.content.decode()
    assert (User.objects.count(), Invitation.objects.open().get()) == (people, made)


def test_the_link_is_mailed_where_mail_is_set_up(
    browse, administrator: User, mailing: Post
) -> None:
    form = {"roles": [REVIEWERS], "email": "nina@mail.example"}
    page = browse(administrator).post("/people/invite/", form).content.decode()
    assert "It was mailed to nina@mail.example" in page
    [mail] = mailing.wait()
    assert made_link(page) in mail.get_content()
    assert (mail["To"], mail["Subject"]) == ("nina@mail.example", "You are invited to aivh")


def test_a_mail_that_does_not_go_is_told(browse, administrator: User, mailing: Post) -> None:
    mailing.refuses = True
    form = {"email": "nina@mail.example"}
    page = browse(administrator).post("/people/invite/", form).content.decode()
    assert "could not be mailed to nina@mail.example" in page
    assert made_link(page)


def test_a_revoked_invitation_leads_nowhere(browse, administrator: User, client: Client) -> None:
    made, secret = invite(roles=[], by=administrator)
    desk = browse(administrator)
    page = desk.post(f"/people/invite/{made.pk}/revoke/", follow=True).content.decode()
    assert "revoked" in page
    assert client.get(f"/invitations/{secret}/").status_code == 404


def test_a_wrong_address_is_said_beside_the_form(browse, administrator: User) -> None:
    answer = browse(administrator).post("/people/invite/", {"email": "nina at mail"})
    assert answer.status_code == 400
    assert "not an e-mail address" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_nobody_else_opens_these_pages(
    browse, reviewer: User, second_reviewer: User, adjudicator: User, outsider: User
) -> None:
    for person in (reviewer, second_reviewer, adjudicator, outsider):
        client = browse(person)
        for address in ("/people/", f"/people/{outsider.pk}/", "/people/invite/"):
            assert client.get(address).status_code == 403
            assert client.post(address, {"roles": [REVIEWERS]}).status_code in (403, 405)
    assert roles_of(outsider) == [UPLOADERS]
    assert Client().get("/people/").status_code == 302


def test_names_that_look_like_html_are_only_names(browse, administrator: User) -> None:
    odd = make_person("odd")
    User.objects.filter(pk=odd.pk).update(first_name="<b>x</b>", email="<i>@mail.example")
    for address in ("/people/", f"/people/{odd.pk}/"):
        page = browse(administrator).get(address).content.decode()
        assert "<b>x" not in page
        assert "<i>@" not in page
