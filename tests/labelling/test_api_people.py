"""People and invitations by the API: what administrators do, and nobody else."""

import pytest
from django.test import Client

from labelling.models import AuditEntry, Invitation, KeptAnswer, User
from labelling.permissions import ADJUDICATORS, ADMINISTRATORS, REVIEWERS, UPLOADERS
from labelling.services import invitations
from labelling.services.invitations import accept_invitation, invite
from labelling.services.people import deactivate_person
from tests.labelling.programs import with_token
from tests.people import make_person
from tests.servers.smtp import Post

pytestmark = pytest.mark.django_db

PEOPLE = "/api/v1/people/"
INVITATIONS = "/api/v1/invitations/"
JSON = "application/json"
PASSWORD = "four words of mine"


def roles_of(person: User) -> list[str]:
    return sorted(User.objects.get(pk=person.pk).groups.values_list("name", flat=True))


def change(client: Client, person: User, body: object) -> tuple[int, dict]:
    answer = client.patch(f"{PEOPLE}{person.pk}/", body, content_type=JSON)
    return answer.status_code, answer.json()


def test_it_tells_who_there_is(administrator: User, reviewer: User) -> None:
    _, secret = invite(roles=[ADJUDICATORS], by=administrator, email="nina@mail.example")
    nina = accept_invitation(secret=secret, username="nina", password=PASSWORD)
    client = with_token(administrator)

    listed = client.get(PEOPLE).json()["results"]
    assert [person["username"] for person in listed] == ["alex", "nina", "robin"]
    found = listed[1]
    assert found == client.get(f"{PEOPLE}{nina.pk}/").json()
    assert found == {
        "id": nina.pk,
        "url": found["url"],
        "username": "nina",
        "name": None,
        "email": "nina@mail.example",
        "roles": [ADJUDICATORS, UPLOADERS],
        "superuser": False,
        "active": True,
        "reviews": 0,
        "invited_by": "alex",
        "joined_at": found["joined_at"],
        "signed_in_at": None,
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=OLGA mail.example", ["olli"]),
        ("role=Reviewers", ["robin", "sasha"]),
        ("active=false", ["sasha"]),
        ("role=Reviewers&active=true", ["robin"]),
        ("q=%", []),
    ],
)
def test_filters(
    administrator: User, reviewer: User, second_reviewer: User, outsider: User, query, names
) -> None:
    User.objects.filter(pk=outsider.pk).update(first_name="Olga", email="olga@mail.example")
    deactivate_person(person_id=second_reviewer.pk, by=administrator)
    listed = with_token(administrator).get(f"{PEOPLE}?{query}").json()["results"]
    assert [person["username"] for person in listed] == names


@pytest.mark.parametrize("query", ["role=Kings", "active=1", "colour=red", f"q={'x' * 101}"])
def test_filters_that_make_no_sense(administrator: User, query: str) -> None:
    answer = with_token(administrator).get(f"{PEOPLE}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_roles_are_given_and_taken(administrator: User, reviewer: User) -> None:
    client = with_token(administrator)

    status, told = change(client, reviewer, {"roles": [UPLOADERS, ADJUDICATORS]})
    assert (status, told["roles"]) == (200, [ADJUDICATORS, UPLOADERS])
    assert roles_of(reviewer) == [ADJUDICATORS, UPLOADERS]
    written = AuditEntry.objects.order_by("pk").values_list("action", "actor")
    assert list(written) == [("role.granted", "alex"), ("role.removed", "alex")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"roles": "Reviewers"}, 400),
        ({"roles": ["Kings"]}, 400),
        ({"roles": [REVIEWERS], "superuser": True}, 400),
        ({"roles": [REVIEWERS]}, 409),  # their own administrator's role
    ],
)
def test_roles_that_cannot_be(administrator: User, body: dict, status: int) -> None:
    before = roles_of(administrator)
    assert change(with_token(administrator), administrator, body)[0] == status
    assert roles_of(administrator) == before
    assert AuditEntry.objects.count() == 0


def test_an_account_is_closed_and_opened_again(administrator: User, reviewer: User) -> None:
    client, theirs = with_token(administrator), with_token(reviewer)
    address = f"{PEOPLE}{reviewer.pk}/"

    for _ in range(2):
        closed = client.post(f"{address}deactivate/")
        assert (closed.status_code, closed.json()["active"]) == (200, False)
    assert theirs.get("/api/v1/me/").status_code == 401
    assert client.post(f"{address}reset-link/").status_code == 409
    assert client.post(f"{address}reactivate/").json()["active"]
    assert client.post(f"{PEOPLE}{administrator.pk}/deactivate/").status_code == 409
    written = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(written) == ["person.deactivated", "person.reactivated"]


def test_a_reset_link_sets_a_password_and_is_kept_nowhere(
    administrator: User, reviewer: User
) -> None:
    answer = with_token(administrator).post(
        f"{PEOPLE}{reviewer.pk}/reset-link/", headers={"Idempotency-Key": "mine"}
    )
    assert (answer.status_code, answer.json()["hours"]) == (200, 24)
    assert KeptAnswer.objects.count() == 0
    browser = Client()
    page = browser.get(answer.json()["link"], follow=True)
    form = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    browser.post(page.redirect_chain[-1][0], form)
    reviewer.refresh_from_db()
    assert reviewer.check_password(PASSWORD)


def test_only_administrators_and_their_tokens_for_it(
    outsider: User, reviewer: User, administrator: User
) -> None:
    target = make_person("nina", REVIEWERS)
    opened, _ = invite(roles=[], by=administrator)
    person, entries = f"{PEOPLE}{target.pk}/", AuditEntry.objects.count()
    for client, status, code in (
        (Client(), 401, "not_authenticated"),
        (with_token(outsider), 403, "not_allowed"),
        (with_token(reviewer), 403, "not_allowed"),
        (with_token(administrator, "read", "upload", "review"), 403, "missing_scope"),
    ):
        for answer in (
            client.get(PEOPLE),
            client.get(person),
            client.patch(person, {"roles": []}, content_type=JSON),
            *(client.post(f"{person}{do}/") for do in ("deactivate", "reactivate", "reset-link")),
            client.get(INVITATIONS),
            client.post(INVITATIONS, {}, content_type=JSON),
            client.delete(f"{INVITATIONS}{opened.pk}/"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    target.refresh_from_db()
    assert (target.is_active, roles_of(target)) == (True, [REVIEWERS, UPLOADERS])
    assert Invitation.objects.open().count() == 1
    assert AuditEntry.objects.count() == entries


def test_a_superuser_is_changed_by_superusers_alone(administrator: User) -> None:
    root = User.objects.create_superuser("root")
    client = with_token(administrator)
    for do in ("deactivate", "reset-link"):
        assert client.post(f"{PEOPLE}{root.pk}/{do}/").status_code == 403
    assert change(client, root, {"roles": []})[0] == 403
    root.refresh_from_db()
    assert (root.is_active, root.is_superuser) == (True, True)
    assert client.get(f"{PEOPLE}999999/").status_code == 404


def test_an_invitation_makes_an_account(administrator: User) -> None:
    client = with_token(administrator)

    made = client.post(INVITATIONS, {"roles": [REVIEWERS]}, content_type=JSON)
    told = made.json()
    assert (made.status_code, told["sent"], told["email"]) == (201, False, None)
    assert (told["roles"], told["by"]) == ([REVIEWERS, UPLOADERS], "alex")
    listed = client.get(INVITATIONS).json()["results"]
    assert listed == [{name: told[name] for name in told if name not in ("link", "sent")}]

    Client().post(told["link"], {"username": "nina", "password1": PASSWORD, "password2": PASSWORD})
    assert roles_of(User.objects.get(username="nina")) == [REVIEWERS, UPLOADERS]
    assert client.get(INVITATIONS).json()["results"] == []
    assert client.delete(f"{INVITATIONS}{told['id']}/").status_code == 409
    assert client.delete(f"{INVITATIONS}999999/").status_code == 404


def test_an_invitation_is_revoked(administrator: User) -> None:
    client = with_token(administrator)
    told = client.post(INVITATIONS, {}, content_type=JSON).json()
    assert client.delete(f"{INVITATIONS}{told['id']}/").status_code == 204
    assert Client().get(told["link"]).status_code == 404


def test_an_invitation_is_mailed(administrator: User, mailing: Post) -> None:
    body = {"email": "nina@mail.example"}
    told = with_token(administrator).post(INVITATIONS, body, content_type=JSON).json()
    assert told["sent"]
    [letter] = mailing.messages
    assert told["link"] in letter.get_content()


@pytest.mark.parametrize(
    "body", [{"roles": ["Kings"]}, {"email": "nina"}, {"email": ""}, {"for": "ever"}, []]
)
def test_an_invitation_that_cannot_be(administrator: User, body: object) -> None:
    answer = with_token(administrator).post(INVITATIONS, body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert Invitation.objects.count() == 0


def test_there_is_an_end_to_invitations(administrator: User, monkeypatch) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    client = with_token(administrator)
    codes = [client.post(INVITATIONS, {}, content_type=JSON).status_code for _ in range(2)]
    assert codes == [201, 409]
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("address", [PEOPLE, INVITATIONS])
def test_the_lists_need_as_many_queries_for_many_as_for_one(
    administrator: User, django_assert_max_num_queries, address: str
) -> None:
    client = with_token(administrator)

    def add(name: str) -> None:
        _, secret = invite(roles=[], by=administrator)
        accept_invitation(secret=secret, username=name, password=PASSWORD)
        invite(roles=[ADMINISTRATORS], by=administrator)

    add("one")
    with django_assert_max_num_queries(10) as one:
        before = len(client.get(address).json()["results"])
    add("two")
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(client.get(address).json()["results"]) == before + 1
