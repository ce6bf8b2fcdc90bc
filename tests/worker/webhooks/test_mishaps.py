"""Webhooks where something breaks: a server that was ill, a sender that died, an event that will
not be spread. What is well does not wait for it, and nothing ends without a word."""

import socket
import threading
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from labelling.models import User
from tests.servers.far import Far
from tests.worker.webhooks.conftest import Hook, Sent, happen
from worker import sweeper
from worker.models import Alert, WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.posting import Answer, post_json
from worker.services.webhooks import delivering, events
from worker.services.webhooks.claiming import take_next
from worker.services.webhooks.delivering import serve
from worker.services.webhooks.events import note_event
from worker.services.webhooks.tries import BACKOFF

pytestmark = pytest.mark.django_db

DIED = "Whoever sent it ended before an answer came."


def tried(delivery: WebhookDelivery, times: int, now: datetime) -> None:
    """So many tries of it have failed, the last just now."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        attempts=times, next_at=now + timedelta(hours=2)
    )


# --- a server that was ill ------------------------------------------------------------------


def test_when_one_message_has_arrived_the_others_follow_at_once(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint, now = hook(outsider), timezone.now()
    late, held, _ = (happen("model.promoted", promotion)[0] for _ in range(3))
    tried(late, 7, now)
    tried(held, 1, now)
    WebhookDelivery.objects.filter(pk=held.pk).update(held_until=now + timedelta(hours=1))
    WebhookEndpoint.objects.update(failures=7, rests_until=now - timedelta(seconds=1))
    assert serve(endpoint_id=endpoint.pk) == 0, "somebody else asks it already"
    WebhookDelivery.objects.filter(pk=held.pk).update(held_until=now)
    assert serve(endpoint_id=endpoint.pk) == 3
    assert set(WebhookDelivery.objects.values_list("state", "attempts")) == {
        ("arrived", 8),
        ("arrived", 2),
        ("arrived", 1),
    }


def test_what_fails_while_others_arrive_keeps_its_own_pauses(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    """Else a message that the server does not like would use its tries up within a minute."""
    endpoint = hook(outsider)
    (disliked,) = happen("model.promoted", promotion)
    arrived = disliked.created_at + timedelta(seconds=1)
    tried(disliked, 2, timezone.now())
    WebhookEndpoint.objects.update(failures=1, arrived_at=arrived)
    happen("model.promoted", promotion)
    assert serve(endpoint_id=endpoint.pk) == 1
    assert len(far.got) == 1
    disliked.refresh_from_db()
    assert (disliked.state, disliked.attempts) == ("waiting", 2)
    assert disliked.next_at > timezone.now() + timedelta(hours=1)


def test_where_nothing_failed_nothing_is_hurried(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    (waits,) = happen("model.promoted", promotion)
    tried(waits, 1, timezone.now())
    happen("model.promoted", promotion)
    assert serve(endpoint_id=endpoint.pk) == 1
    assert len(far.got) == 1


def test_what_was_answered_2xx_has_arrived_also_where_the_rest_does_not_come() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert post_json(url, b"{}", {}) == Answer(202, "")
        answering.join(60)


# --- a sender that died ---------------------------------------------------------------------


def died_in_its_last_try(promotion: int, tries: int = BACKOFF.tries) -> WebhookDelivery:
    (delivery,) = happen("model.promoted", promotion)
    before = timezone.now() - timedelta(seconds=1)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        attempts=tries, next_at=before, held_until=before
    )
    return delivery


def test_one_whose_last_try_died_is_given_up_in_words_and_the_webhook_off(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    delivery = died_in_its_last_try(promotion)
    happen("model.promoted", promotion)
    assert serve(endpoint_id=endpoint.pk) == 0
    assert far.got == [], "what waits behind it is not sent to one that is off"
    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert (delivery.state, delivery.held_until) == ("failed", None)
    assert delivery.error == f"Given up after 13 tries. {DIED}"
    assert not endpoint.enabled
    assert endpoint.disabled_why == (
        f"Switched off because nothing has arrived for three days. {DIED}"
    )
    assert Alert.objects.count() == 1


def test_where_another_arrived_meanwhile_the_webhook_stays_on_and_rests(
    far: Far,
    hook: Hook,
    outsider: User,
    promotion: int,
    sent: Sent,
    django_capture_on_commit_callbacks,
) -> None:
    endpoint = hook(outsider)
    died_in_its_last_try(promotion)
    WebhookEndpoint.objects.update(arrived_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert take_next(endpoint.pk) is None
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.failures) == (True, 1)
    assert sent == [("deliver_webhooks", endpoint.pk, 5.0)]


def test_whoever_was_too_slow_to_fail_changes_nothing(
    far: Far, hook: Hook, outsider: User, promotion: int
) -> None:
    endpoint = hook(outsider)
    happen("model.promoted", promotion)
    slow = take_next(endpoint.pk)
    assert slow is not None
    WebhookDelivery.objects.update(next_at=timezone.now(), held_until=None)
    assert serve(endpoint_id=endpoint.pk) == 1
    far.status = 410
    assert not delivering.deliver(slow)
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.failures, endpoint.rests_until) == (True, 0, None)


def test_a_thread_that_does_not_start_keeps_no_place(monkeypatch) -> None:
    def cannot(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(delivering, "THREADS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(delivering, "beside", cannot)
    with pytest.raises(RuntimeError):
        delivering.serve_soon(1)
    assert delivering.THREADS.acquire(blocking=False)


# --- an event that will not be spread -------------------------------------------------------


def late_events(promotion: int, number: int) -> list[int]:
    """Events that the queue did not bring, the oldest first."""
    long_ago = timezone.now() - timedelta(hours=1)
    WebhookEndpoint.objects.update(created_at=long_ago - timedelta(hours=1))
    for _ in range(number):
        note_event(WebhookEvent.Kind.MODEL_PROMOTED, promotion)
    ids = list(WebhookEvent.objects.order_by("pk").values_list("pk", flat=True))
    for second, event_id in enumerate(ids):
        at = long_ago + timedelta(seconds=second)
        WebhookEvent.objects.filter(pk=event_id).update(at=at)
    return ids


def break_for(broken: list[int], monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Nobody can say what these events tell."""
    real = events.payload_of

    def payload_of(event: WebhookEvent) -> object:
        if event.pk in broken:
            raise error
        return real(event)

    monkeypatch.setattr(events, "payload_of", payload_of)


def test_an_event_that_will_not_be_spread_blocks_neither_others_nor_what_waits(
    hook: Hook, outsider: User, promotion: int, monkeypatch, caplog
) -> None:
    served: list[int] = []
    monkeypatch.setattr(delivering, "serve_soon", served.append)
    monkeypatch.setattr(events, "AT_ONCE", 2)
    endpoint = hook(outsider)
    ids = late_events(promotion, 5)
    break_for(ids[:2], monkeypatch, KeyError("subject"))
    sweeper.tell_webhooks()
    unspread = WebhookEvent.objects.filter(spread_at=None).order_by("pk")
    assert list(unspread.values_list("pk", flat=True)) == [ids[0], ids[1], ids[4]]
    assert served == [endpoint.pk]
    assert f"Event {ids[0]} could not be spread" in caplog.text
    sweeper.tell_webhooks()
    assert list(unspread.values_list("pk", flat=True)) == ids[:2]
    assert WebhookDelivery.objects.count() == 3


def test_where_the_database_is_away_the_round_ends(
    hook: Hook, outsider: User, promotion: int, monkeypatch
) -> None:
    """It would be away for each of the others, too."""
    hook(outsider)
    ids = late_events(promotion, 2)
    break_for(ids[:1], monkeypatch, OperationalError("gone"))
    with pytest.raises(OperationalError):
        events.spread_overdue()
    assert not WebhookDelivery.objects.exists()
