"""Making, changing and deleting webhooks; sending again by hand, and tests."""

import base64

import pytest
from django.utils import timezone

from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import AuditEntry, User
from tests.labelling.rows import make_version
from tests.servers.far import Far
from tests.worker.webhooks.conftest import Hook, Sent, happen
from worker.models import WebhookDelivery, WebhookEndpoint
from worker.services.webhooks import by_hand, endpoints
from worker.services.webhooks.delivering import serve
from worker.services.webhooks.endpoints import (
    MOST,
    Wish,
    change_webhook,
    delete_webhook,
    make_webhook,
    rotate_secret,
)
from worker.services.webhooks.switching import switch_off

pytestmark = pytest.mark.django_db

URL = "https://hooks.example/aivh?key=hidden"


def wish(**more: object) -> Wish:
    return Wish(**{"url": URL, "events": ["model.promoted"], **more})  # type: ignore[arg-type]


def actions() -> list[str]:
    found = AuditEntry.objects.filter(action__startswith="webhook").order_by("pk")
    return list(found.values_list("action", flat=True))


def test_it_is_made_with_a_secret_in_the_spelling_of_standard_webhooks(outsider: User) -> None:
    made, secret = make_webhook(
        owner=outsider, wish=wish(events=["job.failed", "image.classified"], description=" A  b ")
    )
    assert made.events == ["image.classified", "job.failed"], "in the order of the table"
    assert (made.description, made.enabled, made.everything) == ("A b", True, False)
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    entry = AuditEntry.objects.get(action="webhook.made")
    assert (entry.actor, entry.subject) == ("olli", f"webhook:{made.pk}")
    assert entry.details["host"] == "hooks.example"
    assert "hidden" not in str(entry.details)
    assert secret not in str(entry.details)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https://",
        "https://name:word@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example:99999/",
        "https://hooks.example:0/",
        "https://hooks.example/a b",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example/\r\nX-Header: 1",
        "https://bücher.example/",
        "https://hooks.example/" + "a" * 500,
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest/",
        "https://93.184.216.34:25/",
    ],
)
def test_an_address_that_will_not_do_is_refused(outsider: User, url: str) -> None:
    with pytest.raises(InvalidRequest):
        make_webhook(owner=outsider, wish=wish(url=url))
    assert not WebhookEndpoint.objects.exists()
    assert actions() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": []},
        {"events": ["image.deleted"]},
        {"events": ["webhook.test"]},
        {"events": ["drift.alerted"]},
        {"description": "x" * 101},
        {"description": "a\x00b"},
        {"url": None},
        {"events": None},
    ],
)
def test_so_is_what_is_not_offered(outsider: User, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        make_webhook(owner=outsider, wish=wish(**wrong))
    assert not WebhookEndpoint.objects.exists()


def test_everything_is_for_administrators(
    outsider: User, reviewer: User, administrator: User
) -> None:
    everything = wish(everything=True, events=["drift.alerted"])
    for person in (outsider, reviewer):
        with pytest.raises(NotAllowed):
            make_webhook(owner=person, wish=everything)
        own, _ = make_webhook(owner=person, wish=wish())
        with pytest.raises(NotAllowed):
            change_webhook(webhook_id=own.pk, by=person, wish=Wish(everything=True))
        own.refresh_from_db()
        assert not own.everything
    made, _ = make_webhook(owner=administrator, wish=everything)
    with pytest.raises(InvalidRequest):
        change_webhook(webhook_id=made.pk, by=administrator, wish=Wish(everything=False))
    made.refresh_from_db()
    assert made.everything


def test_nobody_has_more_than_twenty(outsider: User, reviewer: User) -> None:
    for _ in range(MOST):
        make_webhook(owner=outsider, wish=wish())
    with pytest.raises(Conflict) as refused:
        make_webhook(owner=outsider, wish=wish())
    assert refused.value.code == "too_many_webhooks"
    assert outsider.webhooks.count() == MOST
    make_webhook(owner=reviewer, wish=wish())


def test_another_persons_is_not_there(
    hook: Hook, outsider: User, reviewer: User, administrator: User, version: ModelVersion
) -> None:
    theirs = hook(outsider)
    (delivery,) = happen("model.promoted", version.changes.get(after="production").pk)
    before = WebhookEndpoint.objects.values().get(), actions()
    for person in (reviewer, administrator):
        for refused in (
            lambda by=person: change_webhook(webhook_id=theirs.pk, by=by, wish=Wish(enabled=False)),
            lambda by=person: delete_webhook(webhook_id=theirs.pk, by=by),
            lambda by=person: rotate_secret(webhook_id=theirs.pk, by=by),
            lambda by=person: by_hand.send_test(webhook_id=theirs.pk, by=by),
            lambda by=person: by_hand.redeliver(
                webhook_id=theirs.pk, delivery_id=delivery.pk, by=by
            ),
        ):
            with pytest.raises(NotFound):
                refused()
    assert (WebhookEndpoint.objects.values().get(), actions()) == before


def test_what_becomes_of_it_is_written_down(hook: Hook, outsider: User) -> None:
    own = hook(outsider)
    change_webhook(webhook_id=own.pk, by=outsider, wish=Wish(enabled=False))
    own.refresh_from_db()
    assert (own.enabled, own.disabled_why) == (False, "You switched it off.")
    change_webhook(webhook_id=own.pk, by=outsider, wish=Wish(enabled=True, description="Mine"))
    rotate_secret(webhook_id=own.pk, by=outsider)
    delete_webhook(webhook_id=own.pk, by=outsider)
    assert not WebhookEndpoint.objects.exists()
    assert actions() == [
        "webhook.made",
        "webhook.changed",
        "webhook.changed",
        "webhook.rotated",
        "webhook.deleted",
    ]


def test_while_a_former_secret_signs_there_is_no_third(hook: Hook, outsider: User) -> None:
    """It would end the day that the first receiver has to change over."""
    own = hook(outsider)
    rotated, _ = rotate_secret(webhook_id=own.pk, by=outsider)
    before = WebhookEndpoint.objects.values().get(), actions()
    assert rotated.former_until is not None
    with pytest.raises(Conflict, match="still signs"):
        rotate_secret(webhook_id=own.pk, by=outsider)
    assert (WebhookEndpoint.objects.values().get(), actions()) == before
    WebhookEndpoint.objects.update(former_until=timezone.now())
    again, newest = rotate_secret(webhook_id=own.pk, by=outsider)
    assert (again.former_secret, again.secret) == (rotated.secret, newest)


def test_a_message_is_sent_again_by_hand_under_its_id(
    hook: Hook, far: Far, outsider: User, version: ModelVersion, sent: Sent
) -> None:
    own = hook(outsider)
    (delivery,) = happen("model.promoted", version.changes.get(after="production").pk)
    assert serve(endpoint_id=own.pk) == 1
    again = by_hand.redeliver(webhook_id=own.pk, delivery_id=delivery.pk, by=outsider)
    assert (again.state, again.attempts) == ("waiting", 0)
    assert serve(endpoint_id=own.pk) == 1
    assert [headers["webhook-id"] for headers, _ in far.got] == [delivery.key] * 2
    WebhookDelivery.objects.update(state="waiting", held_until=timezone.now() + endpoints.OVERLAP)
    with pytest.raises(Conflict, match="at this moment"):
        by_hand.redeliver(webhook_id=own.pk, delivery_id=delivery.pk, by=outsider)
    switch_off(endpoint_id=own.pk, why="of a test")
    with pytest.raises(Conflict, match="is off"):
        by_hand.redeliver(webhook_id=own.pk, delivery_id=delivery.pk, by=outsider)
    with pytest.raises(NotFound):
        by_hand.redeliver(webhook_id=own.pk, delivery_id=own_other(outsider).pk, by=outsider)


def own_other(owner: User) -> WebhookDelivery:
    """A message of another webhook of the same person."""
    other, _ = make_webhook(owner=owner, wish=wish())
    return by_hand.send_test(webhook_id=other.pk, by=owner)


def test_a_test_is_tried_once_also_where_the_webhook_is_off_and_rests(
    hook: Hook, far: Far, outsider: User
) -> None:
    own = hook(outsider)
    far.status = 404
    change_webhook(webhook_id=own.pk, by=outsider, wish=Wish(enabled=False))
    WebhookEndpoint.objects.update(rests_until=timezone.now() + endpoints.OVERLAP)
    test = by_hand.send_test(webhook_id=own.pk, by=outsider)
    with pytest.raises(Conflict, match="on its way"):
        by_hand.send_test(webhook_id=own.pk, by=outsider)
    serve(endpoint_id=own.pk)
    assert far.told[0]["data"] == {
        "webhook": own.pk,
        "sentence": "This is a test. Nothing has happened.",
    }
    test.refresh_from_db()
    assert (test.state, test.status, test.attempts) == ("failed", 404, 1)
    own.refresh_from_db()
    assert own.failures == 0
    by_hand.send_test(webhook_id=own.pk, by=outsider)


def test_what_happened_before_it_was_made_is_not_told(hook: Hook, outsider: User) -> None:
    first = hook(outsider)
    change = make_version(3).changes.create(before="", after="production")
    happen("model.promoted", change.pk)
    hook(outsider)
    assert {row.endpoint_id for row in WebhookDelivery.objects.all()} == {first.pk}


def test_the_back_office_shows_no_secret_and_no_whole_address(
    hook: Hook, outsider: User, administrator: User, client
) -> None:
    own = hook(outsider)
    client.force_login(administrator)
    for path in ("", f"{own.pk}/change/"):
        page = client.get(f"/admin/worker/webhookendpoint/{path}").content.decode()
        assert "127.0.0.1" in page
        for secret in ("hidden/path", own.secret):
            assert secret not in page
