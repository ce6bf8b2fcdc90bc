"""The outbox of alerts: each message is sent until it is taken, with growing pauses.

Nobody waits for it, and it goes by no queue: what is to be told may be that the queue is dead.
"""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from labelling.errors import InvalidRequest
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.backoff import Backoff
from worker.channels import Message, channels, post
from worker.models import Alert, Delivery
from worker.posting import NotDelivered

log = logging.getLogger(__name__)

State = Delivery.State

BACKOFF = Backoff.of_seconds(30, 120, 600, 1800, 7200, 21_600)  # about nine hours in all
PAUSES, TRIES = BACKOFF.pauses, BACKOFF.tries
AT_ONCE = 20  # messages of one round
TEST_SECONDS = 5.0  # that an administrator waits for a test message


def deliver_due(*, now: datetime | None = None) -> int:
    """Send what is due and say how many arrived. Safe beside another one who does the same."""
    now = now or timezone.now()
    rows = due(now).select_related("alert").order_by("pk")[:AT_ONCE]
    return sum(deliver(delivery, now) for delivery in rows)


def due(now: datetime) -> QuerySet[Delivery]:
    """What waits to be sent; that something is over waits for the news that it began."""
    waiting = Delivery.objects.filter(state=State.WAITING)
    began = waiting.filter(
        alert=OuterRef("alert"), channel=OuterRef("channel"), event=Delivery.Event.RAISED
    )
    return waiting.filter(due_at__lte=now).exclude(Exists(began), event=Delivery.Event.RESOLVED)


def deliver(delivery: Delivery, now: datetime) -> bool:
    """Try once.

    1. Claim the row by a conditional UPDATE that says when the next try would be, so that of two
       one sends, and what dies with us is sent again.
    2. Send it.
    3. Write down what came back; after the last try, that it is given up.
    """
    seen = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts)
    if delivery.attempts >= TRIES:
        seen.update(state=State.FAILED)
        return False
    pause = BACKOFF.after(delivery.attempts + 1)
    if not seen.update(attempts=F("attempts") + 1, due_at=now + pause):
        return False
    ours = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING)
    try:
        post(delivery.channel, message_of(delivery))
    except NotDelivered as error:
        last = delivery.attempts + 1 >= TRIES
        words = f"Given up after {TRIES} tries. {error}" if last else str(error)
        ours.update(error=words[:300], state=State.FAILED if last else State.WAITING)
        log.warning("An alert did not arrive by %s: %s", delivery.channel, words)
        return False
    ours.update(state=State.SENT, sent_at=timezone.now(), error="")
    return True


def message_of(delivery: Delivery) -> Message:
    """What is told of an alert: it began, or it is over."""
    alert, over = delivery.alert, delivery.event == Delivery.Event.RESOLVED
    lines = [f"Over: {alert.sentence}" if over else alert.sentence]
    lines += [] if over else [alert.advice]
    lines += [settings.SITE_URL + alert.link] if settings.SITE_URL and alert.link else []
    return Message(
        key=f"{delivery.event}-{alert.pk}-{int(alert.raised_at.timestamp())}",
        subject=f"[aivh] {'Over' if over else 'Alert'}: {alert.get_kind_display().lower()}",
        text="\n".join(line for line in lines if line),
        payload=payload(alert, delivery.event),
    )


def payload(alert: Alert, event: str) -> dict[str, Any]:
    """What programs read (docs/alerts.md)."""
    at = alert.resolved_at if event == Delivery.Event.RESOLVED else alert.raised_at
    assert at is not None
    return {
        "type": f"alert.{event}",
        "timestamp": at.isoformat(),
        "data": {
            "id": alert.pk,
            "key": alert.key,
            "kind": alert.kind,
            "sentence": alert.sentence,
            "advice": alert.advice,
            "link": settings.SITE_URL + alert.link if alert.link else "",
            "site": settings.SITE_URL,
            "raised_at": alert.raised_at.isoformat(),
            "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        },
    }


def send_test(*, channel: str, by: User) -> str:
    """Send a message that says that it is a test, at once, and say what came back.

    Waits ``TEST_SECONDS`` at most. Raises NotAllowed, InvalidRequest, NotDelivered.
    """
    check_may_administer(by)
    if channel not in channels():
        raise InvalidRequest("This channel is not configured.")
    now = timezone.now()
    text = f"This is a test, asked for by {by.get_username()}. Nothing is wrong."
    data = {"sentence": text, "site": settings.SITE_URL}
    told = {"type": "alert.test", "timestamp": now.isoformat(), "data": data}
    message = Message(f"test-{int(now.timestamp() * 1000)}", "[aivh] A test", text, told)
    return post(channel, message, seconds=TEST_SECONDS)
