"""Votes, the queue, flags and labels by the API: blind, leased, and by the rules of the pages."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.models import Flag, Image, Label, QueueItem, Review, Showing, User
from labelling.services.deletion import bin_image
from labelling.services.review import adjudicate, record_review
from labelling.services.turns import flag_image, take_turns
from tests.labelling.programs import with_token
from tests.labelling.queueing import set_policy
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

REVIEWS = "/api/v1/reviews/"
QUEUE = "/api/v1/queue/"
LABELS = "/api/v1/labels/"
FLAGS = "/api/v1/flags/"
PREDICTIONS = "/api/v1/predictions/"


def post(client: Client, address: str, body: object, **about: Any) -> tuple[int, dict]:
    answer = client.post(address, body, content_type="application/json", **about)
    return answer.status_code, answer.json() if answer.content else {}


def rows(person: User, address: str) -> list[dict]:
    answer = with_token(person).get(address)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


# --- votes -------------------------------------------------------------------------------------
def test_a_vote_is_given_read_and_taken_back(reviewer: User) -> None:
    image = make_image("one")
    client = with_token(reviewer)

    status, vote = post(client, REVIEWS, {"image": str(image.pk), "answer": "ai", "seconds": 2.5})
    assert status == 201
    assert vote.pop("created_at").endswith("Z")
    assert vote == {
        "id": Review.objects.get().pk,
        "image": str(image.pk),
        "reviewer": "robin",
        "answer": "ai",
        "adjudicates": False,
        "note": "",
    }
    assert Label.objects.get().value == "ai"
    address = f"{REVIEWS}{vote['id']}/"
    assert client.get(address).json()["answer"] == "ai"

    assert client.delete(address).status_code == 204
    assert Label.objects.count() == 0
    assert client.delete(address).status_code == client.get(address).status_code == 404
    assert Review.objects.count() == 2, "a retraction is appended"


def test_an_answer_that_stands_gives_way_only_when_asked(reviewer: User) -> None:
    image = make_image("one")
    client, body = with_token(reviewer), {"image": str(image.pk), "answer": "ai"}
    post(client, REVIEWS, body)

    status, refusal = post(client, REVIEWS, {**body, "answer": "human"})
    assert (status, refusal["code"]) == (409, "conflict")
    assert Label.objects.get().value == "ai"
    assert post(client, REVIEWS, {**body, "answer": "human", "anew": True})[0] == 201
    assert Label.objects.get().value == "human"


def test_a_vote_sent_again_with_its_key_is_one_vote(reviewer: User) -> None:
    image = make_image("one")
    body = {"image": str(image.pk), "answer": "ai"}
    key = {"headers": {"Idempotency-Key": "vote-1"}}
    assert post(with_token(reviewer), REVIEWS, body, **key) == post(
        with_token(reviewer), REVIEWS, body, **key
    )
    assert Review.objects.count() == 1


def test_others_votes_open_with_ones_own(
    reviewer: User, second_reviewer: User, adjudicator: User, administrator: User, outsider: User
) -> None:
    image = make_image("one", owner=outsider, votes_wanted=2)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    def seen(person: User) -> list[str]:
        return [row["reviewer"] for row in rows(person, f"{REVIEWS}?image={image.pk}")]

    assert seen(reviewer) == ["robin"]
    assert seen(second_reviewer) == []
    assert seen(adjudicator) == ["robin"]
    assert seen(administrator) == ["robin"], "who adjudicates, too"
    refused = with_token(outsider).get(REVIEWS)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    assert seen(second_reviewer) == seen(reviewer) == ["sasha", "robin"]


def test_nobody_takes_back_anothers_vote(
    reviewer: User, second_reviewer: User, administrator: User, outsider: User
) -> None:
    image = make_image("one", votes_wanted=2)
    vote = record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    def refused(client: Client) -> tuple[int, str]:
        answer = client.delete(f"{REVIEWS}{vote.pk}/")
        assert Review.objects.standing().count() == 1
        return answer.status_code, answer.json()["code"]

    assert refused(Client()) == (401, "not_authenticated")
    assert refused(with_token(outsider)) == (403, "not_allowed")
    assert refused(with_token(second_reviewer)) == (404, "not_found")
    assert refused(with_token(administrator)) == (403, "not_allowed")
    assert refused(with_token(reviewer, "read", "upload")) == (403, "missing_scope")


def test_an_adjudicator_takes_back_the_newer_word_first(adjudicator: User) -> None:
    image = make_image("one")
    vote = record_review(image_id=image.pk, reviewer=adjudicator, answer="ai")
    word = adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="human", note="Sketch.")
    client = with_token(adjudicator)

    assert client.get(f"{REVIEWS}{word.pk}/").json()["note"] == "Sketch."
    early = client.delete(f"{REVIEWS}{vote.pk}/")
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    assert client.delete(f"{REVIEWS}{word.pk}/").status_code == 204
    assert Label.objects.get().value == "ai"


def test_a_note_is_not_told_to_reviewers(reviewer: User, adjudicator: User) -> None:
    image = make_image("one")
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    adjudicate(image_id=image.pk, adjudicator=adjudicator, answer="human", note="Sketch.")

    told = {row["adjudicates"]: row["note"] for row in rows(reviewer, REVIEWS)}
    assert told == {True: None, False: ""}


BAD_VOTES: list[object] = [
    {},
    [],
    "vote",
    {"image": "x", "answer": "ai"},
    {"image": 5, "answer": "ai"},
    {"image": None, "answer": "ai"},
    {"image": "{image}", "answer": "robot"},
    {"image": "{image}", "answer": "retracted"},
    {"image": "{image}", "answer": ["ai"]},
    {"image": "{image}", "answer": "ai", "seconds": "2"},
    {"image": "{image}", "answer": "ai", "seconds": -1},
    {"image": "{image}", "answer": "ai", "seconds": 1e308},
    {"image": "{image}", "answer": "ai", "seconds": 10**400},
    {"image": "{image}", "answer": "ai", "seconds": True},
    {"image": "{image}", "answer": "ai", "anew": "yes"},
    {"image": "{image}", "answer": "ai", "reviewer": 1},
]


@pytest.mark.parametrize("body", BAD_VOTES)
def test_a_vote_that_is_off_is_refused(reviewer: User, body: object) -> None:
    image = make_image("one")
    if isinstance(body, dict) and body.get("image") == "{image}":
        body = {**body, "image": str(image.pk)}
    status, refusal = post(with_token(reviewer), REVIEWS, body)
    assert (status, refusal["code"]) == (400, "invalid_request")
    assert Review.objects.count() == 0


def test_bodies_that_are_no_json_are_refused(reviewer: User) -> None:
    client = with_token(reviewer)
    deep = client.generic("POST", REVIEWS, b"[" * 100_000, "application/json")
    form = client.post(REVIEWS, {"image": str(uuid4()), "answer": "ai"})
    missing = post(client, REVIEWS, {"image": str(uuid4()), "answer": "ai"})
    assert (deep.status_code, deep.json()["code"]) == (400, "invalid_request")
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")
    assert (missing[0], missing[1]["code"]) == (404, "not_found")


# --- the queue ---------------------------------------------------------------------------------
def test_turns_are_leased_and_say_nothing_of_the_picture(
    reviewer: User, second_reviewer: User
) -> None:
    set_policy()
    version = make_version(1, live=True)
    for number in range(3):
        predict(make_image(f"{number}"), version, 0.55)
    client = with_token(reviewer)

    status, body = post(client, f"{QUEUE}next/", {"limit": 2})
    assert (status, len(body["held"]), body["waiting"], body["again"]) == (200, 2, 3, 0)
    turn = body["held"][0]
    assert turn.keys() == {
        "image", "url", "renditions", "width", "height", "why", "shown_at", "leased_until",
    }  # fmt: skip
    assert turn["why"] is None
    assert turn["renditions"].keys() == {"thumb", "view", "full"}
    assert post(client, f"{QUEUE}next/", {"limit": 2})[1]["held"][0]["image"] == turn["image"]
    assert client.get(QUEUE).json()["held"][0]["image"] == turn["image"]
    others = post(with_token(second_reviewer), f"{QUEUE}next/", {"limit": 12})[1]["held"]
    assert len(others) == 1

    held = [one["image"] for one in body["held"]]
    renewed = post(client, f"{QUEUE}renew/", {"images": [*held, str(uuid4())]})[1]["held"]
    assert sorted(renewed) == sorted(held)
    assert post(client, f"{QUEUE}release/", {"images": held[:1]}) == (204, {})
    assert post(client, f"{QUEUE}skip/", {"image": held[1]}) == (204, {})
    assert client.get(QUEUE).json()["held"] == []
    outcomes = Showing.objects.filter(person=reviewer).values_list("outcome", flat=True)
    assert sorted(outcomes) == ["released", "skipped"]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("next/", {"limit": 0}),
        ("next/", {"limit": 13}),
        ("next/", {"limit": "2"}),
        ("next/", {"limit": 10**30}),
        ("next/", {"first": "x"}),
        ("next/", {"again": 1}),
        ("next/", {"why": "gold"}),
        ("renew/", {"images": []}),
        ("renew/", {"images": "all"}),
        ("renew/", {"images": [str(uuid4())] * 13}),
        ("release/", {"images": [1]}),
        ("skip/", {"image": {}}),
        ("skip/", {"images": []}),
    ],
)
def test_a_wish_to_the_queue_that_is_off_takes_no_turn(
    reviewer: User, address: str, body: object
) -> None:
    make_image("one")
    status, refusal = post(with_token(reviewer), QUEUE + address, body)
    assert (status, refusal["code"]) == (400, "invalid_request")
    assert Showing.objects.count() == 0


def test_the_queue_is_for_reviewers(outsider: User, reviewer: User) -> None:
    make_image("one")
    for client, expected in (
        (Client(), (401, "not_authenticated")),
        (with_token(outsider), (403, "not_allowed")),
        (with_token(reviewer, "read"), (403, "missing_scope")),
    ):
        status, refusal = post(client, f"{QUEUE}next/", {})
        assert (status, refusal["code"]) == expected
    assert Showing.objects.count() == 0


@pytest.mark.parametrize("how", ["binned", "ran out"])
def test_what_cannot_be_answered_any_more_is_not_held(
    outsider: User, reviewer: User, administrator: User, how: str
) -> None:
    held, left = make_image("held", owner=outsider), make_image("left", owner=outsider)
    take_turns(reviewer=reviewer, limit=2)
    assert len(with_token(reviewer).get(QUEUE).json()["held"]) == 2
    if how == "binned":
        bin_image(image_id=left.pk, by=administrator)
    else:
        a_minute_ago = timezone.now() - timedelta(minutes=1)
        Showing.objects.filter(image=left).update(leased_until=a_minute_ago)

    told = with_token(reviewer).get(QUEUE).json()
    assert [row["image"] for row in told["held"]] == [str(held.pk)]
    _, undone = post(with_token(reviewer), f"{QUEUE}undo/", {"image": str(held.pk)})
    assert [row["image"] for row in undone["held"]] == [str(held.pk)]


def test_adjudicators_ask_somebody_by_name(
    reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    image = make_image("one")
    client, body = with_token(adjudicator), {"image": str(image.pk), "to": "sasha"}

    refused = post(with_token(reviewer), f"{QUEUE}assign/", body)
    assert (refused[0], refused[1]["code"]) == (403, "not_allowed")
    assert QueueItem.objects.get().assigned_to is None
    assert post(client, f"{QUEUE}assign/", body) == (204, {})
    assert QueueItem.objects.get().assigned_to == second_reviewer
    turn = post(with_token(second_reviewer), f"{QUEUE}next/", {})[1]["held"][0]
    assert turn["why"] == "assigned"
    assert post(client, f"{QUEUE}assign/", {**body, "to": "olli"})[0] == 404
    withdrawal = {"image": str(image.pk), "of": "sasha"}
    assert post(client, f"{QUEUE}unassign/", withdrawal) == (204, {})
    assert post(client, f"{QUEUE}unassign/", withdrawal)[0] == 409


def test_what_is_to_settle_comes_with_its_votes_and_flags(
    reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    image = make_image("one", votes_wanted=2)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    flag_image(reviewer=reviewer, image_id=image.pk, note="A watermark.")

    [item] = rows(adjudicator, f"{QUEUE}to-settle/")
    assert item["image"] == str(image.pk)
    assert [vote["answer"] for vote in item["votes"]] == ["ai", "human"]
    assert [flag["note"] for flag in item["flags"]] == ["A watermark."]
    assert with_token(reviewer).get(f"{QUEUE}to-settle/").status_code == 403


# --- flags -------------------------------------------------------------------------------------
def test_flags_are_set_seen_and_resolved(
    reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    image = make_image("one")
    status, flag = post(
        with_token(reviewer), FLAGS, {"image": str(image.pk), "note": "A watermark."}
    )
    assert (status, flag["by"], flag["resolved_at"]) == (201, "robin", None)
    assert [row["id"] for row in rows(reviewer, FLAGS)] == [flag["id"]]
    assert rows(second_reviewer, FLAGS) == []
    assert [row["id"] for row in rows(adjudicator, f"{FLAGS}?open=true")] == [flag["id"]]

    resolve = f"{FLAGS}{flag['id']}/resolve/"
    assert with_token(reviewer).post(resolve).json()["code"] == "not_allowed"
    assert Flag.objects.get().resolved_at is None
    assert with_token(adjudicator).post(resolve).json()["resolved_at"] is not None
    assert rows(adjudicator, f"{FLAGS}?open=true") == []


# --- labels and findings -----------------------------------------------------------------------
def test_a_pipeline_reads_labels_from_where_it_was(
    reviewer: User, second_reviewer: User, administrator: User, outsider: User
) -> None:
    images = [make_image(f"{number}", owner=outsider) for number in range(3)]
    for image, answer in zip(images, ("ai", "human", "ai"), strict=True):
        record_review(image_id=image.pk, reviewer=reviewer, answer=answer)
    ids = [str(image.pk) for image in images]

    def seen(person: User, query: str = "") -> list[str]:
        return [row["image"] for row in rows(person, f"{LABELS}?{query}")]

    assert seen(administrator) == seen(reviewer) == seen(outsider) == ids
    assert seen(second_reviewer) == []
    last = rows(outsider, LABELS)[1]["settled_at"]
    assert seen(outsider, f"since={quote(last)}") == ids[1:]
    assert seen(outsider, f"until={quote(last)}") == ids[:1]
    assert seen(outsider, "value=human") == ids[1:2]
    assert seen(administrator, "gold=false") == ids
    assert rows(outsider, LABELS)[0]["gold"] is None
    assert rows(reviewer, LABELS)[0]["gold"] is False
    refused = with_token(reviewer).get(f"{LABELS}?gold=true")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    pages = with_token(outsider).get(f"{LABELS}?limit=2").json()
    assert [row["image"] for row in with_token(outsider).get(pages["next"]).json()["results"]] == [
        ids[2]
    ]


def test_only_adjudicators_settle(reviewer: User, adjudicator: User, outsider: User) -> None:
    image = make_image("one", owner=outsider)
    body = {"image": str(image.pk), "value": "unusable", "note": "Nothing to see."}
    for person in (reviewer, outsider):
        status, refusal = post(with_token(person), LABELS, body)
        assert (status, refusal["code"]) == (403, "not_allowed")
    assert Review.objects.count() == 0

    status, word = post(with_token(adjudicator), LABELS, body)
    assert (status, word["answer"], word["adjudicates"]) == (201, "unusable", True)
    assert Image.objects.get().unusable
    assert post(with_token(adjudicator), LABELS, body)[0] == 409


def test_findings_are_listed_by_picture_and_version_to_who_may_see_them(
    reviewer: User, administrator: User, outsider: User
) -> None:
    first, second = make_version(1, live=True), make_version(2)
    image, other = make_image("one", owner=outsider), make_image("other")
    predict(image, first, 0.9)
    predict(image, second, 0.2)
    hidden = predict(other, first, 0.4)

    def seen(person: User, query: str = "") -> list[tuple[int, str]]:
        found = rows(person, f"{PREDICTIONS}?{query}")
        return sorted((row["model_version"], row["verdict"]) for row in found)

    assert seen(outsider) == [(1, "ai"), (2, "human")]
    assert seen(reviewer) == []
    assert seen(administrator) == [(1, "ai"), (1, "human"), (2, "human")]
    assert seen(administrator, f"image={image.pk}&version=2") == [(2, "human")]
    assert seen(administrator, "verdict=ai&probability_from=0.9") == [(1, "ai")]
    assert with_token(outsider).get(f"{PREDICTIONS}{hidden.pk}/").status_code == 404
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    assert seen(reviewer) == [(1, "ai"), (2, "human")]


@pytest.mark.parametrize(
    "address",
    [
        f"{PREDICTIONS}?image=x",
        f"{PREDICTIONS}?version=1e99",
        f"{PREDICTIONS}?verdict=robot",
        f"{LABELS}?since=soon",
        f"{LABELS}?value=unusable",
        f"{REVIEWS}?answer=" + ",".join(["ai"] * 10_000),
        f"{REVIEWS}?reviewer=%00",
        f"{REVIEWS}?seconds=1",
        f"{FLAGS}?open=perhaps",
    ],
)
def test_filters_that_make_no_sense_are_refused(administrator: User, address: str) -> None:
    answer = with_token(administrator).get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("address", [PREDICTIONS, REVIEWS, LABELS, FLAGS, f"{QUEUE}to-settle/"])
def test_each_list_needs_as_many_queries_for_many_as_for_one(
    address: str, adjudicator: User, reviewer: User, second_reviewer: User
) -> None:
    version = make_version(1, live=True)

    def add(name: str) -> None:
        settled, open_ = make_image(f"{name}a"), make_image(f"{name}b", votes_wanted=2)
        predict(settled, version, 0.9)
        record_review(image_id=settled.pk, reviewer=reviewer, answer="ai")
        record_review(image_id=open_.pk, reviewer=reviewer, answer="ai")
        record_review(image_id=open_.pk, reviewer=second_reviewer, answer="human")
        flag_image(reviewer=reviewer, image_id=open_.pk, note="Look.")

    client = with_token(adjudicator)
    add("one")
    before = queries_of(client, address)
    for number in range(3):
        add(f"{number}")
    assert queries_of(client, address) == before
    assert len(client.get(address).json()["results"]) >= 4


def test_what_i_may_is_told(outsider: User, adjudicator: User, reviewer: User) -> None:
    def me(client: Client) -> dict:
        return client.get("/api/v1/me/").json()

    told = me(with_token(reviewer, "read", "review"))
    assert (told["username"], told["roles"]) == ("robin", ["Reviewers", "Uploaders"])
    assert told["may"] == {
        "upload": True, "review": True, "adjudicate": False, "administer": False,
    }  # fmt: skip
    assert told["token"]["scopes"] == ["read", "review"]
    assert told["limits"]["picture_bytes"] == 20 * 1024 * 1024
    assert told["limits"]["requests_per_minute"].keys() == {
        "read", "upload", "review", "administer",
    }  # fmt: skip
    browser = Client()
    browser.force_login(outsider)
    assert me(browser)["token"] is None
    assert me(browser)["may"]["review"] is False
    assert Client().get("/api/v1/me/").status_code == 401


def test_an_answer_a_skip_and_a_flag_are_taken_back(reviewer: User, outsider: User) -> None:
    image, client = make_image("one"), with_token(reviewer)
    name = {"image": str(image.pk)}

    def undo() -> list[str]:
        status, told = post(client, f"{QUEUE}undo/", name)
        assert status == 200
        return [turn["image"] for turn in told["held"]]

    assert post(client, REVIEWS, name | {"answer": "ai"})[0] == 201
    assert undo() == [str(image.pk)]
    assert not Review.objects.standing().exists()
    assert post(client, f"{QUEUE}skip/", name)[0] == 204
    assert undo() == [str(image.pk)]
    assert not Showing.objects.filter(outcome=Showing.Outcome.SKIPPED).exists()
    assert post(client, FLAGS, name | {"note": "Look."})[0] == 201
    assert undo() == undo() == [str(image.pk)]
    assert not Flag.objects.filter(resolved_at__isnull=True).exists()

    assert post(client, f"{QUEUE}undo/", {"image": str(uuid4())})[0] == 404
    assert post(with_token(outsider), f"{QUEUE}undo/", name)[0] == 403
    assert post(with_token(reviewer, "read"), f"{QUEUE}undo/", name)[0] == 403


def test_those_who_assign_learn_who_can_be_asked(
    outsider: User, reviewer: User, second_reviewer: User, adjudicator: User, administrator: User
) -> None:
    address = f"{QUEUE}assignees/"
    User.objects.filter(pk=second_reviewer.pk).update(is_active=False)
    for person in (adjudicator, administrator):
        names = {row["username"] for row in rows(person, address)}
        assert "robin" in names
        assert not {"sasha", "olli"} & names
    for person in (outsider, reviewer):
        assert with_token(person).get(address).status_code == 403
    client = with_token(adjudicator)
    before = queries_of(client, address)
    User.objects.filter(pk=second_reviewer.pk).update(is_active=True)
    assert queries_of(client, address) == before
