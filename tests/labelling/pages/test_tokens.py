"""The page on which people make tokens for their programs."""

import re

import pytest
from django.test import Client

from labelling.models import ApiToken, User
from labelling.services.tokens import make_token

pytestmark = pytest.mark.django_db
TOKENS = "/accounts/tokens/"
FORM = {"name": "loader", "scopes": ["read", "upload"], "days": "90"}


@pytest.fixture
def client(outsider: User) -> Client:
    client = Client()
    client.force_login(outsider)
    return client


def test_a_token_is_shown_once(client: Client, outsider: User) -> None:
    page = client.post(TOKENS, FORM)

    token = ApiToken.objects.get()
    secret = re.search(r'value="(aivh_[\w-]+)"', page.content.decode())
    assert secret is not None
    assert (token.owner, token.name, token.scopes) == (outsider, "loader", ["read", "upload"])
    assert (token.expires_at - token.created_at).days in (89, 90)
    program = Client(headers={"Authorization": f"Bearer {secret[1]}"})
    assert program.get("/api/v1/images/").status_code == 200
    again = client.get(TOKENS).content.decode()
    assert secret[1] not in again
    assert f"{token.start}…" in again


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "n" * 61}, {"scopes": []}, {"scopes": ["all"]}, {"days": "9"}]
)
def test_a_form_that_will_not_do_says_so_and_makes_none(
    client: Client, wrong: dict[str, object]
) -> None:
    page = client.post(TOKENS, FORM | wrong)

    assert page.status_code == 400
    assert "then the token can be made" in page.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_leaves_the_page(client: Client, outsider: User) -> None:
    token, _ = make_token(owner=outsider, name="loader", scopes=["read"], days=1)

    page = client.post(f"{TOKENS}{token.pk}/revoke/", follow=True).content.decode()

    assert "“loader” is revoked" in page
    assert f"{token.start}…" not in page
    assert not outsider.api_tokens.open().exists()


def test_each_sees_their_own_and_what_they_can_use(
    client: Client, outsider: User, reviewer: User, administrator: User
) -> None:
    make_token(owner=reviewer, name="not yours", scopes=["read"], days=1)

    offered = {}
    for person in (outsider, reviewer, administrator):
        client.force_login(person)
        page = client.get(TOKENS).content.decode()
        assert ("not yours" in page) == (person == reviewer)
        offered[person] = re.findall(r'name="scopes" value="(\w+)"', page)
    assert offered == {
        outsider: ["read", "upload"],
        reviewer: ["read", "upload", "review"],
        administrator: ["read", "upload", "review", "administer"],
    }


def test_the_page_needs_as_many_queries_for_many_tokens(
    client: Client, outsider: User, django_assert_num_queries
) -> None:
    with django_assert_num_queries(6):  # session, person, permissions (2), alerts, tokens
        client.get(TOKENS)
    for _ in range(5):
        make_token(owner=outsider, name="a", scopes=["read"], days=1)
    with django_assert_num_queries(6):
        client.get(TOKENS)
