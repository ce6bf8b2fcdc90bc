"""Links to a result, by the API."""

import pytest
from django.test import Client

from labelling.models import Image, ShareLink, User
from labelling.services import sharing
from labelling.services.sharing import create_share_link
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_judged

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(outsider: User) -> Image:
    return make_judged("shared", owner=outsider)


def links_of(image: Image) -> str:
    return f"{IMAGES}{image.pk}/links/"


def live() -> int:
    return ShareLink.objects.filter(revoked_at__isnull=True).count()


def test_a_link_is_made_opens_and_is_revoked(image: Image, outsider: User) -> None:
    client = with_token(outsider)

    made = client.post(links_of(image))
    assert made.status_code == 201
    link = made.json()
    assert (link["image"], link["by"]) == (str(image.pk), "olli")
    assert client.get(links_of(image)).json()["results"] == [link]
    assert Client().get(link["link"]).status_code == 200

    address = f"/api/v1/links/{link['id']}/"
    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 204  # as often as one likes
    assert Client().get(link["link"]).status_code == 404
    assert client.get(links_of(image)).json()["results"] == []


def test_the_same_request_twice_makes_one(image: Image, outsider: User) -> None:
    key = {"Idempotency-Key": "mine"}
    first, again = (
        with_token(outsider).post(links_of(image), headers=key).json() for _ in range(2)
    )
    assert first == again
    assert live() == 1


def test_who_may_share(image: Image, outsider: User, reviewer: User, administrator: User) -> None:
    mine = create_share_link(image_id=image.pk, by=outsider)
    address = f"/api/v1/links/{mine.pk}/"

    for client, status, code in (
        (Client(), 401, "not_authenticated"),
        (with_token(reviewer), 403, "not_allowed"),
        (with_token(outsider, "read"), 403, "missing_scope"),
    ):
        answer = client.post(links_of(image))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert with_token(reviewer).get(links_of(image)).status_code == 403
    assert with_token(reviewer).delete(address).status_code == 404
    stranger = make_image("theirs", owner=reviewer)
    assert with_token(outsider).get(links_of(stranger)).status_code == 404
    assert with_token(outsider).post(links_of(stranger)).status_code == 404
    assert live() == ShareLink.objects.count() == 1
    # Administrators see everybody's, and revoke them.
    listed = with_token(administrator).get(links_of(image)).json()["results"]
    assert [link["id"] for link in listed] == [mine.pk]
    assert with_token(administrator).delete(address).status_code == 204
    assert live() == 0


def test_a_picture_has_so_many_links(image: Image, outsider: User, monkeypatch) -> None:
    monkeypatch.setattr(sharing, "MOST_LIVE", 1)
    client = with_token(outsider)
    assert client.post(links_of(image)).status_code == 201
    assert client.post(links_of(image)).json()["code"] == "conflict"
    assert client.post(links_of(image), {"for": "ever"}).status_code == 400
    assert live() == 1


def test_the_list_needs_as_many_queries_for_many_as_for_one(
    image: Image, outsider: User, django_assert_max_num_queries
) -> None:
    client = with_token(outsider)
    create_share_link(image_id=image.pk, by=outsider)
    with django_assert_max_num_queries(20) as one:
        client.get(links_of(image))
    for _ in range(4):
        create_share_link(image_id=image.pk, by=outsider)
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(client.get(links_of(image)).json()["results"]) == 5
