"""The webhooks' API: making one, its secret, changing it, its messages."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from labelling.models import KeptAnswer, User
from tests.labelling.programs import PROBLEM_MEMBERS, with_token
from tests.worker.conftest import People
from worker.api import webhooks as api
from worker.models import WebhookDelivery, WebhookEndpoint
from worker.services.webhooks import by_hand, endpoints
from worker.services.webhooks.by_hand import send_test
from worker.services.webhooks.endpoints import MOST, Wish, make_webhook

pytestmark = pytest.mark.django_db

HOOKS = "/api/v1/webhooks/"
BODY = {"url": "https://hooks.example/aivh", "events": ["image.classified"]}
MEMBERS = {
    "id", "url", "description", "events", "everything", "enabled", "disabled_at", "disabled_why",
    "failures", "rests_until", "arrived_at", "former_secret_until", "created_at",
}  # fmt: skip
DELIVERY = {
    "id", "message", "event", "happened_at", "state", "attempts", "next_at", "tried_at", "status",
    "answer", "error", "created_at", "arrived_at",
}  # fmt: skip
Queries = Callable[[int], Any]


def say(client: Client, address: str, body: Any = None, method: str = "post") -> Any:
    send = getattr(client, method)
    return send(f"{HOOKS}{address}", json.dumps(body or {}), content_type="application/json")


@pytest.fixture
def hook(people: People) -> WebhookEndpoint:
    """The outsider's."""
    return make_webhook(owner=people.outsider, wish=Wish(**BODY))[0]  # type: ignore[arg-type]


class TestEverybodys:
    ALL = f"{HOOKS}all/"

    def test_administrators_see_whose_they_are_and_no_secret(
        self, hook: WebhookEndpoint, people: People, django_assert_num_queries: Queries
    ) -> None:
        client = with_token(people.admin, "read")
        (row,) = client.get(self.ALL).json()["results"]
        assert (row["id"], row["owner"], row["host"]) == (hook.pk, "olli", "hooks.example")
        told = json.dumps(row)
        assert hook.secret not in told
        assert "/aivh" not in told
        for number in range(3):
            wish = Wish(url=f"https://hooks.example/{number}", events=["job.failed"])
            make_webhook(owner=people.reviewer, wish=wish)
        WebhookEndpoint.objects.filter(pk=hook.pk).update(enabled=False)
        with django_assert_num_queries(4):  # the token, permissions (2), the webhooks
            assert len(client.get(self.ALL).json()["results"]) == 4
        (off,) = client.get(self.ALL, {"enabled": "false"}).json()["results"]
        assert off["id"] == hook.pk
        for method in ("patch", "delete"):
            assert say(client, f"{hook.pk}/", method=method).status_code == 403, "to read"
        assert client.get(f"{HOOKS}{hook.pk}/").status_code == 404
        assert WebhookEndpoint.objects.filter(pk=hook.pk).exists()

    @pytest.mark.parametrize("who", ["outsider", "reviewer"])
    def test_nobody_else_does(self, hook: WebhookEndpoint, people: People, who: str) -> None:
        answer = with_token(getattr(people, who)).get(self.ALL)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_one_is_made_once_and_its_secret_is_in_that_answer_alone(people: People) -> None:
    client = with_token(people.outsider, "upload", "read")
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    answer, again = (say(client, "", BODY) for _ in range(2))
    made = WebhookEndpoint.objects.get()
    assert (answer.status_code, again.status_code) == (201, 201)
    assert answer.json() == again.json()
    assert answer.json().keys() == MEMBERS | {"secret"}
    assert answer.json()["secret"] == made.secret
    assert answer.headers["Location"] == f"http://testserver{HOOKS}{made.pk}/"
    shown = client.get(f"{HOOKS}{made.pk}/")
    assert shown.json().keys() == MEMBERS
    assert client.get(HOOKS).json()["results"] == [shown.json()]
    assert client.get(f"{HOOKS}{made.pk}/?fields=id,url").json() == {
        "id": made.pk,
        "url": BODY["url"],
    }
    assert KeptAnswer.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**BODY, "url": "http://127.0.0.1/"},
        {**BODY, "url": 7},
        {**BODY, "events": "image.classified"},
        {**BODY, "events": []},
        {**BODY, "events": ["webhook.test"]},
        {**BODY, "events": ["drift.alerted"]},
        {**BODY, "secret": "mine"},
        {**BODY, "enabled": False},
        {**BODY, "everything": "yes"},
        [],
    ],
)
def test_what_makes_no_sense_makes_nothing(people: People, body: Any) -> None:
    answer = say(with_token(people.admin), "", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json().keys() >= PROBLEM_MEMBERS
    assert not WebhookEndpoint.objects.exists()


def test_one_too_many_has_a_code_of_its_own(people: People) -> None:
    client = with_token(people.outsider)
    for _ in range(MOST):
        make_webhook(owner=people.outsider, wish=Wish(**BODY))  # type: ignore[arg-type]
    assert say(client, "", BODY).json()["code"] == "too_many_webhooks"
    assert WebhookEndpoint.objects.count() == MOST


@pytest.mark.parametrize("who", ["reviewer", "admin"])
def test_another_persons_is_not_there(hook: WebhookEndpoint, people: People, who: str) -> None:
    message = send_test(webhook_id=hook.pk, by=people.outsider)
    before = WebhookEndpoint.objects.values().get(), WebhookDelivery.objects.values().get()
    client = with_token(getattr(people, who))
    answers = [
        client.get(f"{HOOKS}{hook.pk}/"),
        client.get(f"{HOOKS}{hook.pk}/deliveries/"),
        say(client, f"{hook.pk}/", {"enabled": False}, "patch"),
        client.delete(f"{HOOKS}{hook.pk}/"),
        say(client, f"{hook.pk}/secret/"),
        say(client, f"{hook.pk}/test/"),
        say(client, f"{hook.pk}/deliveries/{message.pk}/redeliver/"),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "not_found")}
    assert client.get(HOOKS).json()["results"] == []
    assert (
        WebhookEndpoint.objects.values().get(),
        WebhookDelivery.objects.values().get(),
    ) == before


def test_a_token_does_what_it_was_made_for(hook: WebhookEndpoint, people: People) -> None:
    reads = with_token(people.outsider, "read")
    assert reads.get(f"{HOOKS}{hook.pk}/").status_code == 200
    for answer in (say(reads, "", BODY), reads.delete(f"{HOOKS}{hook.pk}/")):
        assert answer.json()["code"] == "missing_scope"
    uploads = with_token(people.outsider, "upload")
    assert uploads.get(HOOKS).json()["code"] == "missing_scope"
    assert WebhookEndpoint.objects.get() == hook


def test_everything_is_for_administrators_and_their_tokens_for_that(people: People) -> None:
    everything = {**BODY, "events": ["drift.alerted"], "everything": True}
    for person in (people.reviewer, people.outsider):
        assert say(with_token(person), "", everything).json()["code"] == "not_allowed"
    uploads = with_token(people.admin, "upload", "read")
    assert say(uploads, "", everything).json()["code"] == "missing_scope"
    assert not WebhookEndpoint.objects.exists()

    both = with_token(people.admin, "upload", "administer")
    made = say(both, "", everything).json()["id"]
    for answer in (
        say(uploads, f"{made}/", {"url": "https://other.example/"}, "patch"),
        say(uploads, f"{made}/secret/"),
        uploads.delete(f"{HOOKS}{made}/"),
    ):
        assert answer.json()["code"] == "missing_scope"
    assert WebhookEndpoint.objects.get().url == BODY["url"]
    assert say(both, f"{made}/", {"description": "All"}, "patch").json()["description"] == "All"


@pytest.mark.parametrize("do", ["change", "delete", "secret", "test", "redeliver"])
def test_what_begins_to_tell_everything_at_this_moment_is_asked_for_too(
    people: People, monkeypatch, do: str
) -> None:
    """Its owner makes it so while a token for uploads is at work: nothing is done by that one."""
    made, _ = make_webhook(owner=people.admin, wish=Wish(**BODY))  # type: ignore[arg-type]
    message = send_test(webhook_id=made.pk, by=people.admin)
    WebhookDelivery.objects.update(state="failed")
    real = endpoints.locked

    def locked(webhook_id: int, by: User) -> WebhookEndpoint:
        WebhookEndpoint.objects.filter(pk=webhook_id).update(everything=True)
        return real(webhook_id, by)

    for module in (endpoints, by_hand, api):
        monkeypatch.setattr(module, "locked", locked, raising=False)
    client = with_token(people.admin, "upload", "read")
    answer = {
        "change": lambda: say(client, f"{made.pk}/", {"url": "https://o.example/"}, "patch"),
        "delete": lambda: client.delete(f"{HOOKS}{made.pk}/"),
        "secret": lambda: say(client, f"{made.pk}/secret/"),
        "test": lambda: say(client, f"{made.pk}/test/"),
        "redeliver": lambda: say(client, f"{made.pk}/deliveries/{message.pk}/redeliver/"),
    }[do]()
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    kept = WebhookEndpoint.objects.get()
    assert (kept.url, kept.secret) == (made.url, made.secret)
    assert WebhookDelivery.objects.get().state == "failed"


def test_one_is_changed_rotated_tested_and_deleted(hook: WebhookEndpoint, people: People) -> None:
    client = with_token(people.outsider)
    changed = say(client, f"{hook.pk}/", {"enabled": False, "events": ["job.failed"]}, "patch")
    assert (changed.json()["enabled"], changed.json()["events"]) == (False, ["job.failed"])
    assert changed.json()["disabled_why"] == "You switched it off."
    assert say(client, f"{hook.pk}/", {"secret": "x"}, "patch").status_code == 400
    rotated = say(client, f"{hook.pk}/secret/").json()
    assert rotated["secret"] != hook.secret
    assert rotated["former_secret_until"] is not None
    again = say(client, f"{hook.pk}/secret/")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    hook.refresh_from_db()
    assert hook.secret == rotated["secret"]
    test = say(client, f"{hook.pk}/test/")
    assert (test.status_code, test.json()["event"]) == (202, "webhook.test")
    assert say(client, f"{hook.pk}/test/").json()["code"] == "conflict"
    assert client.delete(f"{HOOKS}{hook.pk}/").status_code == 204
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_its_messages_are_listed_filtered_and_sent_again(
    hook: WebhookEndpoint, people: People
) -> None:
    client = with_token(people.outsider)
    message = send_test(webhook_id=hook.pk, by=people.outsider)
    WebhookDelivery.objects.update(state="failed", status=500, answer="oh", attempts=1)
    [shown] = client.get(f"{HOOKS}{hook.pk}/deliveries/?state=failed,arrived").json()["results"]
    assert shown.keys() == DELIVERY
    assert (shown["id"], shown["message"]) == (str(message.pk), message.key)
    assert shown["next_at"] is None
    assert (shown["status"], shown["answer"], shown["event"]) == (500, "oh", "webhook.test")
    for query in ("state=waiting", "event=job.failed"):
        assert client.get(f"{HOOKS}{hook.pk}/deliveries/?{query}").json()["results"] == []
    assert client.get(f"{HOOKS}{hook.pk}/deliveries/?state=lost").status_code == 400
    again = say(client, f"{hook.pk}/deliveries/{message.pk}/redeliver/")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert again.json()["next_at"] is not None


def test_many_cost_as_many_queries_as_one(
    hook: WebhookEndpoint, people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.outsider)
    for number in (1, 5):
        while hook.deliveries.count() < number:
            send_test(webhook_id=hook.pk, by=people.outsider)
            WebhookDelivery.objects.update(state="failed")
            make_webhook(owner=people.outsider, wish=Wish(**BODY))  # type: ignore[arg-type]
        with django_assert_num_queries(2):
            client.get(HOOKS)
        with django_assert_num_queries(3):
            assert len(client.get(f"{HOOKS}{hook.pk}/deliveries/").json()["results"]) == number
