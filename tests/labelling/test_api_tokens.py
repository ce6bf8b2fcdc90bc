"""Tokens: what they open, for how long, how often, and what is kept of them."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from classifier.errors import AivhError
from labelling.errors import InvalidRequest, NotFound
from labelling.models import ApiToken, AuditEntry, Scope, Submission, User
from labelling.services import tokens
from labelling.services.tokens import make_token, revoke_token
from tests.labelling.pictures import noise
from tests.labelling.programs import IMAGES, part, with_token
from tests.labelling.traces import assert_nothing_was_left

pytestmark = pytest.mark.django_db

JSON = "application/json"


def made(owner: User, *scopes: str, days: int = 1) -> tuple[ApiToken, str]:
    return make_token(owner=owner, name="loader", scopes=scopes or ("read",), days=days)


def asks(secret: str, keyword: str = "Bearer") -> int:
    client = Client(headers={"Authorization": f"{keyword} {secret}"})
    return client.get(IMAGES).status_code


@pytest.mark.parametrize("keyword", ["Bearer", "bearer", "Token"])
def test_a_token_opens_the_api(outsider: User, keyword: str) -> None:
    assert asks(made(outsider)[1], keyword) == 200


def test_the_secret_is_kept_nowhere(outsider: User) -> None:
    token, secret = made(outsider)

    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert secret.startswith("aivh_")
    assert secret not in str(row)
    assert row["start"] == secret[:10]
    assert secret not in str(list(AuditEntry.objects.values()))


def test_a_token_ends_by_time_by_its_owner_and_with_the_account(outsider: User) -> None:
    late, revoked, closed = (made(outsider) for _ in range(3))
    ApiToken.objects.filter(pk=late[0].pk).update(expires_at=timezone.now())
    revoke_token(token_id=revoked[0].pk, by=outsider)
    assert asks(closed[1]) == 200
    User.objects.filter(pk=outsider.pk).update(is_active=False)

    assert [asks(secret) for _, secret in (late, revoked, closed)] == [401, 401, 401]


def test_nobody_revokes_anothers_token(outsider: User, reviewer: User, administrator: User) -> None:
    token, secret = made(outsider)

    for person in (reviewer, administrator):
        with pytest.raises(NotFound):
            revoke_token(token_id=token.pk, by=person)
    assert asks(secret) == 200
    assert not AuditEntry.objects.filter(action="token.revoked").exists()


def test_revoking_twice_is_written_down_once(outsider: User) -> None:
    token, _ = made(outsider)

    first = revoke_token(token_id=token.pk, by=outsider).revoked_at
    assert revoke_token(token_id=token.pk, by=outsider).revoked_at == first
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["token.made", "token.revoked"]


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", ["read"], 1),
        ("  ", ["read"], 1),
        ("n" * 61, ["read"], 1),
        ("a", [], 1),
        ("a", ["everything"], 1),
        ("a", ["read"], 0),
        ("a", ["read"], 366),
    ],
)
def test_what_makes_no_token(outsider: User, name: str, scopes: list[str], days: int) -> None:
    with pytest.raises(InvalidRequest):
        make_token(owner=outsider, name=name, scopes=scopes, days=days)
    assert not ApiToken.objects.exists()


def test_fifty_tokens_are_enough(outsider: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_OPEN", 2)
    first, _ = made(outsider)
    made(outsider)

    with pytest.raises(AivhError) as raised:
        made(outsider)
    assert raised.value.code == "too_many_tokens"
    revoke_token(token_id=first.pk, by=outsider)
    made(outsider)
    assert outsider.api_tokens.open().count() == 2


def test_the_last_use_is_noted_once_a_minute(outsider: User) -> None:
    token, secret = made(outsider)

    asks(secret)
    token.refresh_from_db()
    noted = token.last_used_at
    assert noted is not None
    asks(secret)
    token.refresh_from_db()
    assert token.last_used_at == noted
    earlier = noted - timedelta(minutes=2)
    ApiToken.objects.update(last_used_at=earlier)
    asks(secret)
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at > earlier


def test_a_token_does_only_what_it_was_made_for(outsider: User) -> None:
    reads, uploads = with_token(outsider, "read"), with_token(outsider, "upload")

    refused = reads.post(IMAGES, {"file": part(noise())})
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert "“upload”" in refused.json()["detail"]
    assert_nothing_was_left()
    assert uploads.get(IMAGES).status_code == 403
    assert uploads.post(IMAGES, {"file": part(noise())}).status_code == 202
    assert Submission.objects.get().submitter == outsider


def test_all_scopes_give_no_role(outsider: User) -> None:
    """What the owner may not do in the browser, their token may not do either."""
    client = with_token(outsider, *Scope.values)

    assert client.get(f"{IMAGES}00000000-0000-0000-0000-000000000000/").status_code == 404


def test_each_scope_has_its_own_rate_by_person(outsider: User, reviewer: User, settings) -> None:
    settings.API_RATES = dict.fromkeys(Scope.values, 2)
    cache.clear()
    clients = [with_token(outsider) for _ in range(2)]

    statuses = [clients[n % 2].get(IMAGES).status_code for n in range(3)]
    assert statuses == [200, 200, 429], "another token of the same person does not help"
    told = clients[0].get(IMAGES, headers={"X-Forwarded-For": "203.0.113.9"})
    assert (told.status_code, told.json()["code"]) == (429, "throttled")
    assert 1 <= int(told.headers["Retry-After"]) <= 60
    assert told.json()["detail"].startswith("You ask too often. Ask again in ")
    assert clients[0].post(IMAGES, {"file": part(noise())}).status_code == 202
    assert with_token(reviewer).get(IMAGES).status_code == 200


def test_a_browsers_session_is_not_counted(outsider: User, settings) -> None:
    settings.API_RATES = dict.fromkeys(Scope.values, 1)
    cache.clear()
    client = Client()
    client.force_login(outsider)

    assert [client.get(IMAGES).status_code for _ in range(3)] == [200, 200, 200]


def test_by_password_a_token_is_for_what_was_asked(outsider: User) -> None:
    from tests.people import PASSWORD

    asked = {"username": "olli", "password": PASSWORD, "name": "cli", "scopes": ["read"], "days": 2}
    answer = Client().post("/api/v1/token/", asked, content_type="application/json")

    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.owner) == ("cli", ["read"], outsider)
    assert token.expires_at - token.created_at == pytest.approx(
        timedelta(days=2), abs=timedelta(minutes=1)
    )
    assert answer.json()["scopes"] == ["read"]


@pytest.mark.parametrize("form", [True, False])
def test_by_password_what_is_left_out_is_all_and_none_is_refused(
    outsider: User, form: bool
) -> None:
    from tests.people import PASSWORD

    asked = {"username": "olli", "password": PASSWORD}
    every = Client().post("/api/v1/token/", asked, MULTIPART_CONTENT if form else JSON)
    assert every.json()["scopes"] == ["administer", "read", "review", "upload"]

    none = Client().post("/api/v1/token/", {**asked, "scopes": []}, JSON)
    assert (none.status_code, none.json()["code"]) == (400, "invalid_request")
    assert ApiToken.objects.count() == 1


TOKENS = "/api/v1/me/tokens/"


def test_a_program_sees_its_persons_tokens_and_no_secret(outsider: User, reviewer: User) -> None:
    old, _ = made(outsider)
    revoke_token(token_id=made(outsider)[0].pk, by=outsider)
    made(reviewer)
    _, secret = made(outsider, "read", "upload")

    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get(TOKENS)
    mine, other = answer.json()["results"]
    assert (mine["this"], mine["scopes"], mine["start"]) == (True, ["read", "upload"], secret[:10])
    assert (other["this"], other["id"], other["name"]) == (False, old.pk, "loader")
    assert secret not in answer.content.decode()
    assert not any("digest" in row for row in (mine, other))


def test_a_program_revokes_its_persons_tokens_and_nobody_elses(
    outsider: User, reviewer: User, administrator: User
) -> None:
    token, secret = made(outsider, "read", "upload")
    address = f"{TOKENS}{token.pk}/"

    for client, status in (
        (Client(), 401),
        (with_token(outsider, "read"), 403),
        (with_token(reviewer), 404),
        (with_token(administrator), 404),
    ):
        assert client.delete(address).status_code == status
    assert asks(secret) == 200

    itself = Client(headers={"Authorization": f"Bearer {secret}"})
    assert itself.delete(address).status_code == 204
    assert asks(secret) == 401
    assert with_token(outsider).delete(address).status_code == 204  # as often as one likes
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1


def test_a_token_that_only_reads_ends_itself_and_no_other(outsider: User) -> None:
    other = made(outsider, "upload")[0]
    token, secret = made(outsider, "read")
    itself = Client(headers={"Authorization": f"Bearer {secret}"})

    refused = itself.delete(f"{TOKENS}{other.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    other.refresh_from_db()
    assert other.revoked_at is None
    assert itself.delete(f"{TOKENS}{token.pk}/").status_code == 204
    assert asks(secret) == 401


def test_the_list_of_tokens_needs_as_many_queries_for_many_as_for_one(
    outsider: User, django_assert_num_queries
) -> None:
    client = with_token(outsider)
    with django_assert_num_queries(2):  # who asks, tokens
        client.get(TOKENS)
    for _ in range(5):
        made(outsider)
    with django_assert_num_queries(2):
        assert len(client.get(TOKENS).json()["results"]) == 6
