"""The alerts' API: what is wrong, who has it in hand, and for how long nobody is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labelling.models import AuditEntry
from tests.labelling.programs import with_token
from tests.labelling.rows import make_image
from tests.worker.conftest import People
from worker.models import Alert, Mute
from worker.posting import NotDelivered
from worker.services import deliveries
from worker.services.alerts import raise_alert, resolve_alert

pytestmark = pytest.mark.django_db

ALERTS = "/api/v1/alerts/"
Queries = Callable[[int], Any]
MEMBERS = {
    "id", "url", "page", "key", "kind", "sentence", "advice", "count", "raised_at", "last_at",
    "acknowledged_at", "acknowledged_by", "resolved_at", "muted_until", "images", "deliveries",
}  # fmt: skip


def find(key: str = "queue", **more: Any) -> Alert:
    said = {"kind": Alert.Kind.QUEUE, "sentence": f"Found: {key}.", **more}
    return raise_alert(key=key, **said)[0]


def say(client: Client, address: str, body: Any) -> Any:
    return client.post(f"{ALERTS}{address}/", body, content_type="application/json")


def test_an_alert_tells_all_that_its_page_shows(people: People, settings: Any) -> None:
    settings.ALERT_WEBHOOK_URL = "https://ops.example/secret-path"
    image = make_image("one")
    alert = find(advice="Look.", link="/report", images=[image.pk])
    find(advice="Look.", link="/report")

    body = with_token(people.admin, "read").get(f"{ALERTS}{alert.pk}/").json()

    assert body.keys() == MEMBERS
    assert body["url"] == f"http://testserver{ALERTS}{alert.pk}/"
    assert body["page"] == "http://testserver/report"
    assert (body["kind"], body["key"], body["count"]) == ("queue", "queue", 2)
    assert (body["sentence"], body["advice"]) == ("Found: queue.", "Look.")
    assert (body["acknowledged_by"], body["resolved_at"], body["muted_until"]) == (None,) * 3
    assert body["images"] == [str(image.pk)]
    [message] = body["deliveries"]
    assert (message["channel"], message["event"], message["state"]) == (
        "webhook", "raised", "waiting",
    )  # fmt: skip
    assert "secret-path" not in str(body)


def test_what_is_open_is_found(people: People) -> None:
    find("a")
    resolve_alert(key="a")
    find("b", kind=Alert.Kind.DRIFT)
    client = with_token(people.admin)

    def found(**asked: str) -> list[str]:
        return [row["key"] for row in client.get(ALERTS, asked).json()["results"]]

    assert found() == ["b", "a"]
    assert (found(open="true"), found(open="false")) == (["b"], ["a"])
    assert found(kind="queue,drift") == ["b", "a"]
    say(client, f"{Alert.objects.get(key='b').pk}/acknowledge", {})
    assert (found(acknowledged="true"), found(acknowledged="false")) == (["b"], ["a"])
    assert client.get(ALERTS, {"kind": "weather"}).json()["code"] == "invalid_request"


def test_the_list_costs_as_much_for_many_as_for_one(
    people: People, django_assert_num_queries: Queries
) -> None:
    client = with_token(people.admin)
    find("first", images=[make_image("one").pk])
    # the token, permissions (2), the alerts, their pictures, their messages, what is muted
    with django_assert_num_queries(7):
        client.get(ALERTS)
    for number in range(5):
        find(f"{number}", images=[make_image(f"{number}").pk])
    with django_assert_num_queries(7):
        assert len(client.get(ALERTS).json()["results"]) == 6


def test_one_is_taken_in_hand_and_muted(people: People) -> None:
    alert, client = find(), with_token(people.admin, "administer")
    taken = say(client, f"{alert.pk}/acknowledge", {})
    assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, "alex")
    muted = say(client, f"{alert.pk}/mute", {"duration": "1 day"}).json()["muted_until"]
    mute = Mute.objects.get()
    assert mute.until - timezone.now() > timedelta(hours=23)
    assert muted == mute.until.isoformat().replace("+00:00", "Z")
    assert say(client, f"{alert.pk}/unmute", {}).json()["muted_until"] is None
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "alert.acknowledged",
        "alert.muted",
        "alert.unmuted",
    ]
    resolve_alert(key="queue")
    assert say(client, f"{alert.pk}/acknowledge", {}).json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("reviewer", (), "not_allowed"),
        ("outsider", (), "not_allowed"),
        ("admin", ("read", "review"), "missing_scope"),
    ],
)
def test_nobody_else_takes_one_in_hand(
    people: People, who: str, scopes: tuple[str, ...], code: str
) -> None:
    alert, client = find(), with_token(getattr(people, who), *scopes)
    for address, body in (("acknowledge", {}), ("mute", {"duration": "1 day"}), ("unmute", {})):
        answer = say(client, f"{alert.pk}/{address}", body)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert not Mute.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_alerts_are_shown_to_administrators_alone(people: People, who: str) -> None:
    client = with_token(getattr(people, who))
    for address in (ALERTS, f"{ALERTS}{find().pk}/", f"{ALERTS}99/"):
        assert client.get(address).json()["code"] == "not_allowed"


@pytest.mark.parametrize("body", [{}, {"duration": "1 year"}, {"duration": 1}, {"for": "1 day"}])
def test_a_mute_takes_a_time_that_there_is(people: People, body: Any) -> None:
    answer = say(with_token(people.admin), f"{find().pk}/mute", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Mute.objects.exists()


def test_no_alert_is_not_found(people: People) -> None:
    client = with_token(people.admin)
    assert client.get(f"{ALERTS}99/").json()["code"] == "not_found"
    for address, body in (("acknowledge", {}), ("mute", {"duration": "1 day"}), ("unmute", {})):
        assert say(client, f"99/{address}", body).json()["code"] == "not_found"


def test_a_channel_is_tried(people: People, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, body = with_token(people.admin, "administer"), {"channel": "webhook"}
    assert say(client, "test", body).json()["code"] == "invalid_request"
    settings.ALERT_WEBHOOK_URL = "https://ops.example/secret-path"
    sent: list[str] = []

    def post(channel: str, message: object, *, seconds: float) -> str:
        sent.append(channel)
        if len(sent) > 1:
            raise NotDelivered("Nobody answers there.")
        return "It answered 204."

    monkeypatch.setattr(deliveries, "post", post)
    assert say(client, "test", body).json() == {"arrived": True, "said": "It answered 204."}
    again = say(client, "test", body).json()
    assert again == {"arrived": False, "said": "Nobody answers there."}
    for who in (people.reviewer, people.outsider):
        assert say(with_token(who), "test", body).json()["code"] == "not_allowed"
    assert sent == ["webhook", "webhook"]
