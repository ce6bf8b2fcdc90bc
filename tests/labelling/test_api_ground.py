"""What every address of the API shares: repeatable requests, sparse fields, ETags, strictness."""

from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from labelling.models import KeptAnswer, Submission, User
from labelling.services import kept_answers
from labelling.services.kept_answers import forget_old_answers
from tests.labelling.pictures import TEXT, noise
from tests.labelling.programs import IMAGES, part, with_token
from tests.labelling.rows import make_image
from tests.labelling.traces import assert_nothing_was_left

pytestmark = pytest.mark.django_db


def send(client: Client, data: bytes, key: str, address: str = IMAGES, name: str = "a.jpg"):
    return client.post(address, {"file": part(data, name)}, headers={"Idempotency-Key": key})


class TestRepeatedRequests:
    def test_the_same_again_gets_the_same_answer_and_does_nothing(self, outsider: User) -> None:
        client = with_token(outsider)

        first, again = (send(client, noise(), "k1") for _ in range(2))

        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json() == first.json()
        assert again.headers["Location"] == first.headers["Location"]
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert Submission.objects.count() == 1

    @pytest.mark.parametrize("other", ["picture", "name", "address"])
    def test_another_request_under_the_same_key_is_refused(
        self, outsider: User, other: str
    ) -> None:
        client = with_token(outsider)
        send(client, noise(), "k1")

        refused = send(
            client,
            noise(2) if other == "picture" else noise(),
            "k1",
            f"{IMAGES}?wait=0" if other == "address" else IMAGES,
            "b.jpg" if other == "name" else "a.jpg",
        )

        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")
        assert Submission.objects.count() == 1

    def test_another_persons_key_is_another_key(self, outsider: User, reviewer: User) -> None:
        for person in (outsider, reviewer):
            assert send(with_token(person), noise(), "k1").status_code == 202
        assert Submission.objects.count() == 2

    def test_what_was_refused_may_be_tried_again(self, outsider: User) -> None:
        client = with_token(outsider)

        assert send(client, TEXT, "k1").status_code == 415
        assert not KeptAnswer.objects.exists()
        assert_nothing_was_left()
        assert send(client, noise(), "k1").status_code == 202

    def test_while_the_first_is_at_work_the_second_is_told_so(
        self, outsider: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("labelling.api.idempotency.PATIENCE", 0.1)
        client = with_token(outsider)
        send(client, noise(), "k1")
        KeptAnswer.objects.update(status=None)

        told = send(client, noise(), "k1")
        assert (told.status_code, told.json()["code"]) == (409, "still_answering")
        assert Submission.objects.count() == 1

    def test_while_the_first_is_being_refused_the_second_is_told_so(
        self, outsider: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It had the key when the second asked for it, and has given it back since."""
        monkeypatch.setattr(KeptAnswer.objects, "create", Mock(side_effect=IntegrityError))

        told = send(with_token(outsider), noise(), "k1")
        assert (told.status_code, told.json()["code"]) == (409, "still_answering")
        assert_nothing_was_left()

    def test_an_answer_whose_key_was_given_away_meanwhile_is_given_all_the_same(
        self, outsider: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep = kept_answers.keep_answer

        def too_late(**about: Any) -> None:
            KeptAnswer.objects.all().delete()
            keep(**about)

        monkeypatch.setattr("labelling.api.idempotency.keep_answer", too_late)

        assert send(with_token(outsider), noise(), "k1").status_code == 202

    def test_who_died_over_the_answer_is_followed_by_the_next(self, outsider: User) -> None:
        client = with_token(outsider)
        send(client, noise(), "k1")
        long_ago = timezone.now() - timedelta(minutes=3)
        KeptAnswer.objects.update(status=None, begun_at=long_ago)

        assert send(client, noise(), "k1").status_code == 202
        assert Submission.objects.count() == 2

    def test_a_claim_that_somebody_has_taken_over_is_left_alone(self, outsider: User) -> None:
        claim = partial(kept_answers.claim_answer, owner=outsider, key="k1", request_digest="d")
        first, _ = claim()
        KeptAnswer.objects.update(begun_at=first.begun_at - timedelta(minutes=3))
        first.refresh_from_db()
        second, ours = claim()
        assert ours

        kept_answers.keep_answer(row=first, status=500, body="late", headers={})
        kept_answers.drop_claim(row=first)
        kept_answers.keep_answer(row=second, status=201, body="ours", headers={})
        assert KeptAnswer.objects.values_list("status", "body").get() == (201, "ours")

    def test_an_answer_is_not_given_again_to_a_token_for_less(self, administrator: User) -> None:
        hook = {"url": "https://hooks.example/", "events": ["job.failed"], "everything": True}

        def make(*scopes: str):
            return with_token(administrator, *scopes).post(
                "/api/v1/webhooks/",
                hook,
                content_type="application/json",
                headers={"Idempotency-Key": "k1"},
            )

        assert make().status_code == 201
        assert make().headers["Idempotent-Replayed"] == "true"
        for scopes in (["upload"], ["read", "upload"]):
            refused = make(*scopes)
            assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")

    @pytest.mark.parametrize("key", ["", "k" * 256, "naïve"])
    def test_what_is_no_key(self, outsider: User, key: str) -> None:
        refused = send(with_token(outsider), noise(), key)

        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
        assert_nothing_was_left()

    def test_answers_are_kept_for_a_day(self, outsider: User) -> None:
        client = with_token(outsider)
        for key in ("old", "new"):
            send(client, noise(), key)
        KeptAnswer.objects.filter(key="old").update(begun_at=timezone.now() - timedelta(hours=25))

        assert forget_old_answers() == 1
        assert KeptAnswer.objects.get().key == "new"


class TestSparseFields:
    def test_an_object_has_the_members_that_were_asked_for(self, outsider: User) -> None:
        image = make_image("one", owner=outsider)
        client = with_token(outsider)

        asked = client.get(f"{IMAGES}{image.pk}/", {"fields": "state,id"}).json()
        assert asked == {"state": "waiting", "id": str(image.pk)}
        listed = client.get(IMAGES, {"fields": "sha256"}).json()["results"]
        assert listed == [{"sha256": image.sha256}]

    @pytest.mark.parametrize("fields", ["", "id,", "nothing", "id,original", "finding.verdict"])
    def test_a_member_that_there_is_not_is_refused(self, outsider: User, fields: str) -> None:
        image = make_image("one", owner=outsider)
        client = with_token(outsider)

        for address in (IMAGES, f"{IMAGES}{image.pk}/"):
            refused = client.get(address, {"fields": fields})
            assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")


class TestEtags:
    def test_who_has_the_answer_is_told_so(self, outsider: User) -> None:
        image = make_image("one", owner=outsider)
        client = with_token(outsider)
        address = f"{IMAGES}{image.pk}/"

        etag = client.get(address).headers["ETag"]
        again = client.get(address, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        image.state = "failed"
        image.save()
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "verdikt=ai",
        "Limit=3",
        "page=2",
        "wait=1",
        "cursor=",
        "limit=0",
        "limit=201",
        "limit=1.5",
        "limit=-1",
        "limit=00000000199999",
        "limit=٣",
    ],
)
def test_a_parameter_that_a_list_does_not_know_is_refused(outsider: User, query: str) -> None:
    refused = with_token(outsider).get(f"{IMAGES}?{query}")

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert query.partition("=")[0] in refused.json()["detail"]
