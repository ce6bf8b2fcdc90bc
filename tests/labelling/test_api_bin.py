"""Deleting pictures by the API, taking them back, and finding those that look alike."""

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from labelling.models import AuditEntry, Embedding, Image, Label, Submission, User
from labelling.services.deletion import bin_image, restore_image
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.queueing import look_alike
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

BIN = "/api/v1/bin/"


def test_a_picture_goes_into_the_bin_and_comes_back(outsider: User) -> None:
    image = make_image("mine", owner=outsider)
    client, address = with_token(outsider), f"{IMAGES}{image.pk}/"

    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    listed = client.get(BIN).json()["results"]
    assert [(row["id"], row["deleted_by"]) for row in listed] == [(str(image.pk), "olli")]
    assert client.delete(address).json()["code"] == "not_found"

    back = client.post(f"{address}restore/")
    assert (back.status_code, back.json()["id"]) == (200, str(image.pk))
    assert client.get(BIN).json()["results"] == []
    assert client.post(f"{address}restore/").status_code == 404
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["image.binned", "image.restored"]


def test_who_may_delete(outsider: User, reviewer: User, administrator: User) -> None:
    image = make_image("mine", owner=outsider)
    address = f"{IMAGES}{image.pk}/"

    def refused(client: Client) -> tuple[int, str]:
        answer = client.delete(address)
        image.refresh_from_db()
        assert image.deleted_at is None
        return answer.status_code, answer.json()["code"]

    assert refused(Client()) == (401, "not_authenticated")
    assert refused(with_token(outsider, "read")) == (403, "missing_scope")
    assert refused(with_token(reviewer)) == (403, "not_allowed")
    Submission.objects.create(image=image, submitter=reviewer, channel="api")
    assert refused(with_token(outsider)) == (403, "not_allowed")
    assert with_token(administrator).delete(address).status_code == 204


def test_only_administrators_let_go_for_good(
    outsider: User, reviewer: User, administrator: User
) -> None:
    image = make_image("mine", owner=outsider)
    bin_image(image_id=image.pk, by=outsider)

    for person in (outsider, reviewer):
        answer = with_token(person).delete(f"{BIN}{image.pk}/")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert Image.objects.count() == 1
    assert with_token(administrator).delete(f"{BIN}{image.pk}/").status_code == 204
    assert Image.objects.count() == 0
    assert with_token(administrator).delete(f"{BIN}{image.pk}/").status_code == 404


def test_what_is_not_in_the_bin_any_more_is_not_let_go(outsider: User, administrator: User) -> None:
    image = make_image("mine", owner=outsider)
    bin_image(image_id=image.pk, by=outsider)
    restore_image(image_id=image.pk, by=outsider)

    answer = with_token(administrator).delete(f"{BIN}{image.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    browser = Client()
    browser.force_login(administrator)
    assert browser.post(f"/bin/{image.pk}/erase/").status_code == 404
    assert Image.objects.filter(pk=image.pk).exists()


def test_the_bin_needs_as_many_queries_for_many_as_for_one(
    outsider: User, django_assert_num_queries
) -> None:
    client = with_token(outsider)

    def add(name: str) -> None:
        bin_image(image_id=make_image(name, owner=outsider).pk, by=outsider)

    add("one")
    with django_assert_num_queries(2):  # token, pictures
        client.get(BIN)
    for number in range(5):
        add(str(number))
    with django_assert_num_queries(2):
        assert len(client.get(BIN).json()["results"]) == 6


def test_similar_pictures_are_among_those_that_one_may_see(outsider: User, reviewer: User) -> None:
    version = make_version(1, live=True)
    mine, like, other = (make_image(name, owner=outsider) for name in ("mine", "like", "other"))
    theirs = make_image("theirs", owner=reviewer)
    for image, angle in ((mine, 0), (other, 1), (theirs, 0)):
        look_alike(image, angle=angle)
    near = np.array([4, 3, 0, 0, 0, 0, 0, 0], dtype="<f4")
    Embedding.objects.create(image=like, backbone_digest="b" * 64, vector=near.tobytes())
    predict(like, version, 0.9)

    def found(person: User, query: str = "") -> list[tuple[str, float]]:
        answer = with_token(person).get(f"{IMAGES}{mine.pk}/similar/{query}").json()
        return [(row["image"]["id"], row["cosine"]) for row in answer["results"]]

    [(nearest, cosine)] = found(outsider)
    assert nearest == str(like.pk)
    assert cosine == pytest.approx(0.8)
    assert [found_id for found_id, _ in found(reviewer)] == [str(theirs.pk), str(like.pk)]
    assert [found_id for found_id, _ in found(reviewer, "?limit=1")] == [str(theirs.pk)]
    told = with_token(reviewer).get(f"{IMAGES}{mine.pk}/similar/").json()["results"][1]["image"]
    assert (told["blind"], told["finding"]) == (True, None)


@pytest.mark.parametrize("query", ["limit=0", "limit=97", "limit=x", "limit=9999999999", "top=3"])
def test_similar_takes_a_limit_and_nothing_else(outsider: User, query: str) -> None:
    image = make_image("mine", owner=outsider)
    answer = with_token(outsider).get(f"{IMAGES}{image.pk}/similar/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_the_nearest_settled_pictures_are_for_those_who_are_not_blind(
    outsider: User, reviewer: User, adjudicator: User
) -> None:
    version = make_version(1, live=True)
    mine, like, open_one = (make_image(name, owner=outsider) for name in ("mine", "like", "open"))
    for image in (mine, like, open_one):
        look_alike(image, angle=0)
        predict(image, version, 0.9)
    Label.objects.create(image=like, value="human", settled_at=timezone.now())
    address = f"{IMAGES}{mine.pk}/similar/?settled=true"

    told = with_token(adjudicator).get(address).json()["results"]
    assert [row["image"]["id"] for row in told] == [str(like.pk)]
    assert told[0]["image"]["label"]["value"] == "human"
    for person in (outsider, reviewer):
        answer = with_token(person).get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert with_token(adjudicator).get(f"{address}x").status_code == 400
