"""Messages of webhooks: signed, tried again, given up, switched off; and nobody waits for them."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from labelling.models import AuditEntry, User
from tests.servers.far import Far
from tests.worker.webhooks.conftest import Hook, Sent, happen
from worker import sweeper, tasks
from worker.models import Alert, WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.services.webhooks import delivering, events
from worker.services.webhooks.claiming import HELD, claim, due, take_next
from worker.services.webhooks.delivering import serve
from worker.services.webhooks.endpoints import Wish, change_webhook, rotate_secret
from worker.services.webhooks.events import note_event
from worker.services.webhooks.outcomes import REST
from worker.services.webhooks.tries import BACKOFF
from worker.signing import signature

pytestmark = pytest.mark.django_db


def sooner(**by: float) -> None:
    """Let time pass for all that waits."""
    for row in WebhookDelivery.objects.all():
        row.next_at -= timedelta(**by)
        row.save(update_fields=["next_at"])
    for endpoint in WebhookEndpoint.objects.all():
        if endpoint.rests_until:
            endpoint.rests_until -= timedelta(**by)
            endpoint.save(update_fields=["rests_until"])


def test_a_message_is_signed_and_says_what_happened(
    far: Far, hook: Hook, outsider: User, promotion: int, settings
) -> None:
    settings.SITE_URL = "https://aivh.example"
    endpoint = hook(outsider)
    (delivery,) = happen("model.promoted", promotion)
    begun = int(time.time())
    assert serve(endpoint_id=endpoint.pk) == 1
    ((headers, body),) = far.got
    assert headers["webhook-id"] == delivery.key
    stamp = int(headers["webhook-timestamp"])
    assert begun <= stamp <= time.time()
    assert headers["webhook-signature"] == signature(endpoint.secret, delivery.key, stamp, body)
    assert headers["content-type"] == "application/json"
    (told,) = far.told
    assert (told["type"], told["timestamp"]) == (
        "model.promoted",
        delivery.event.at.isoformat(),
    )
    assert told["data"]["version"] == {
        "number": 1,
        "url": "https://aivh.example/api/v1/versions/1/",
        "page": "https://aivh.example/versions/1/",
    }
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("arrived", 1)
    assert (delivery.status, delivery.answer, delivery.error) == (200, "ok", "")
    assert delivery.held_until is None


def test_while_a_secret_is_new_the_one_before_signs_too(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    renewed, secret = rotate_secret(webhook_id=endpoint.pk, by=outsider)
    assert secret != endpoint.secret
    happen("model.promoted", promotion)
    serve(endpoint_id=endpoint.pk)
    headers, body = far.got[0]
    key, stamp = headers["webhook-id"], int(headers["webhook-timestamp"])
    both = [signature(one, key, stamp, body) for one in (secret, endpoint.secret)]
    assert headers["webhook-signature"].split() == both
    renewed.former_until = timezone.now()
    assert delivering.secrets_of(renewed) == [secret]


def test_what_fails_is_tried_again_for_three_days_under_one_id(
    far: Far, hook: Hook, outsider: User, promotion: int, sent: Sent
) -> None:
    far.status, far.answer = 503, b"x" * 5000
    endpoint = hook(outsider)
    (delivery,) = happen("model.promoted", promotion)
    waited = timedelta()
    for pause in BACKOFF.pauses:
        assert serve(endpoint_id=endpoint.pk) == 0
        delivery.refresh_from_db()
        assert delivery.state == "waiting"
        assert (delivery.next_at - timezone.now()).total_seconds() == pytest.approx(
            pause.total_seconds(), abs=2
        )
        assert serve(endpoint_id=endpoint.pk) == 0, "too soon"
        sooner(seconds=pause.total_seconds())
        waited += pause
    assert serve(endpoint_id=endpoint.pk) == 0
    assert timedelta(days=3) < waited < timedelta(days=3, hours=2)
    assert len(far.got) == BACKOFF.tries == 13
    assert {headers["webhook-id"] for headers, _ in far.got} == {delivery.key}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.answer) == ("failed", 503, "x" * 200)
    assert delivery.error == "Given up after 13 tries. It answered 503."
    sooner(days=9)
    serve(endpoint_id=endpoint.pk)
    assert len(far.got) == 13


def test_then_the_webhook_is_off_and_its_owner_and_the_administrators_hear_of_it(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    far.status = 500
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    WebhookDelivery.objects.update(attempts=BACKOFF.tries - 1)
    serve(endpoint_id=endpoint.pk)
    endpoint.refresh_from_db()
    assert not endpoint.enabled
    assert endpoint.disabled_why == (
        "Switched off because nothing has arrived for three days. It answered 500."
    )
    alert = Alert.objects.get()
    assert alert.sentence == (
        "A webhook of olli to 127.0.0.1 was switched off because nothing has arrived for three "
        "days. It answered 500."
    )
    assert AuditEntry.objects.filter(action="webhook.switched_off").count() == 1
    assert happen_quietly("model.promoted", promotion) == 0, "nobody is told any more"
    change_webhook(webhook_id=endpoint.pk, by=outsider, wish=Wish(enabled=True))
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.failures, endpoint.disabled_why) == (True, 0, "")
    alert.refresh_from_db()
    assert alert.resolved_at is not None


def happen_quietly(kind: str, subject: object) -> int:
    before = WebhookEvent.objects.count()
    note_event(WebhookEvent.Kind(kind), subject)
    return WebhookEvent.objects.count() - before


def test_one_that_takes_other_messages_stays_on(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    far.status = 400
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    WebhookDelivery.objects.update(attempts=BACKOFF.tries - 1)
    WebhookEndpoint.objects.update(arrived_at=timezone.now())
    serve(endpoint_id=endpoint.pk)
    assert WebhookDelivery.objects.get().state == "failed"
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.failures) == (True, 1)


def test_a_server_that_says_that_it_is_gone_is_told_no_more(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    far.status = 410
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    serve(endpoint_id=endpoint.pk)
    endpoint.refresh_from_db()
    assert endpoint.disabled_why == "Switched off because its server says that it is gone."
    change_webhook(webhook_id=endpoint.pk, by=outsider, wish=Wish(enabled=True))
    far.status = 200
    assert serve(endpoint_id=endpoint.pk) == 1, "what waited for it is sent"


def test_an_endpoint_that_fails_rests_longer_and_longer_and_is_asked_by_one_message(
    far: Far,
    hook: Hook,
    outsider: User,
    promotion: int,
    sent: Sent,
    django_capture_on_commit_callbacks,
) -> None:
    far.status = 500
    endpoint = hook(outsider)
    for _ in range(3):
        happen("model.promoted", promotion)
    for number, pause in enumerate((*REST.pauses, REST.pauses[-1]), 1):
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            assert serve(endpoint_id=endpoint.pk) == 0
        assert sent == [("deliver_webhooks", endpoint.pk, pause.total_seconds())]
        assert len(far.got) == number
        assert not due(timezone.now()).exists()
        sooner(seconds=pause.total_seconds())
    far.status = 200
    sooner(hours=1)
    assert serve(endpoint_id=endpoint.pk) == 3, "all at once, when it is well again"
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.rests_until) == (0, None)


def test_a_message_in_somebodys_hands_is_nobody_elses(
    hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    (delivery,) = happen("model.promoted", promotion)
    same = WebhookDelivery.objects.get()
    assert claim(delivery, timezone.now())
    assert not claim(same, timezone.now())
    assert take_next(endpoint.pk) is None


def test_what_died_with_its_worker_is_sent_again(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    assert take_next(endpoint.pk) is not None  # and then it is killed
    assert serve(endpoint_id=endpoint.pk) == 0
    WebhookDelivery.objects.update(next_at=timezone.now(), held_until=timezone.now())
    assert serve(endpoint_id=endpoint.pk) == 1
    assert WebhookDelivery.objects.get().attempts == 2
    happen("model.promoted", promotion)
    WebhookDelivery.objects.filter(state="waiting").update(attempts=BACKOFF.tries)
    assert serve(endpoint_id=endpoint.pk) == 0, "it died in its last try"
    assert WebhookDelivery.objects.filter(state="failed").count() == 1


def test_whoever_lost_a_message_writes_nothing_down(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    slow = take_next(endpoint.pk)
    assert slow is not None
    WebhookDelivery.objects.update(next_at=timezone.now() - HELD, held_until=None)
    serve(endpoint_id=endpoint.pk)
    far.status = 500
    delivering.deliver(slow)
    row = WebhookDelivery.objects.get()
    assert (row.state, row.status, row.attempts) == ("arrived", 200, 2)


def test_a_healthy_endpoint_has_a_few_messages_under_way(
    hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    for _ in range(6):
        happen("model.promoted", promotion)
    taken = [take_next(endpoint.pk) for _ in range(6)]
    assert [one is not None for one in taken] == [True] * 4 + [False] * 2


def test_where_all_threads_hang_the_sweeper_comes_again(monkeypatch, caplog) -> None:
    monkeypatch.setattr(delivering, "THREADS", threading.BoundedSemaphore(1))
    hung, begun = threading.Event(), []

    def serve_and_hang(*, endpoint_id: int) -> None:
        begun.append(endpoint_id)
        hung.wait(60)

    monkeypatch.setattr(delivering, "serve", serve_and_hang)
    delivering.serve_soon(1)
    delivering.serve_soon(2)
    assert "webhook 2 waits" in caplog.text
    hung.set()
    assert delivering.THREADS.acquire(timeout=60)
    assert begun == [1]


def test_a_dead_queue_loses_nothing(
    far: Far, hook: Hook, outsider: User, promotion: int, monkeypatch
) -> None:
    """The sweeper finds what was never put on the queue."""
    endpoint = hook(outsider)
    note_event(WebhookEvent.Kind.MODEL_PROMOTED, promotion)
    served: list[int] = []
    monkeypatch.setattr(delivering, "serve_soon", served.append)
    sweeper.tell_webhooks()
    assert served == [], "the queue has a moment to bring it"
    WebhookEndpoint.objects.update(created_at=timezone.now() - 2 * events.OVERDUE)
    WebhookEvent.objects.update(at=timezone.now() - events.OVERDUE)
    sweeper.tell_webhooks()
    sweeper.tell_webhooks()
    assert served == [endpoint.pk] * 2
    assert WebhookDelivery.objects.count() == 1


def test_an_event_stands_and_falls_with_what_it_tells(
    hook: Hook, outsider: User, promotion: int
) -> None:
    hook(outsider)
    with transaction.atomic():
        note_event(WebhookEvent.Kind.MODEL_PROMOTED, promotion)
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()


def test_what_nobody_wants_to_know_is_not_written_down(
    hook: Hook, outsider: User, promotion: int, django_assert_num_queries
) -> None:
    hook(outsider, "job.failed")
    with django_assert_num_queries(1):
        note_event(WebhookEvent.Kind.MODEL_PROMOTED, promotion)
    assert not WebhookEvent.objects.exists()


def test_the_queue_is_told_beside_whoever_commits(
    hook: Hook, outsider: User, promotion: int, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    hook(outsider)
    hung, told = threading.Event(), []
    monkeypatch.setattr(events, "send", lambda *_: told.append(hung.wait(60)))
    with django_capture_on_commit_callbacks(execute=True):
        note_event(WebhookEvent.Kind.MODEL_PROMOTED, promotion)
    assert told == []
    hung.set()


def test_the_log_of_a_month_ago_goes(hook: Hook, outsider: User, promotion: int) -> None:
    hook(outsider)
    happen("model.promoted", promotion)
    happen("model.promoted", promotion)
    old = WebhookEvent.objects.order_by("pk")[:1].get().pk
    WebhookEvent.objects.filter(pk=old).update(at=timezone.now() - events.KEPT)
    sweeper.discard_webhook_log()
    assert WebhookDelivery.objects.count() == WebhookEvent.objects.count() == 1


def test_nothing_secret_is_in_the_log(
    hook: Hook, far: Far, outsider: User, promotion: int, caplog
) -> None:
    far.status, far.answer = 500, b"a secret of theirs"
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    serve(endpoint_id=endpoint.pk)
    assert "It answered 500." in caplog.text
    for secret in ("hidden", "secret of theirs", endpoint.secret):
        assert secret not in caplog.text


def test_the_tasks_spread_an_event_and_serve_an_endpoint(
    hook: Hook, outsider: User, promotion: int, monkeypatch
) -> None:
    """And the same task delivered twice makes no second message."""
    served: list[int] = []
    monkeypatch.setattr(delivering, "serve_soon", served.append)
    endpoint = hook(outsider)
    note_event(WebhookEvent.Kind.MODEL_PROMOTED, promotion)
    for _ in range(2):
        tasks.spread_webhook_event(WebhookEvent.objects.get().pk)
    assert (served, WebhookDelivery.objects.count()) == ([endpoint.pk], 1)
    tasks.deliver_webhooks(endpoint.pk)
    assert served == [endpoint.pk] * 2
