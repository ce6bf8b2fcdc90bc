"""Webhooks that lead to a server on loopback, which the settings of these tests allow."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from classifier.models import ModelVersion
from labelling.models import User
from tests.servers.far import Far, running_far
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.services.webhooks import by_hand, events, outcomes
from worker.services.webhooks.endpoints import Wish, make_webhook
from worker.services.webhooks.events import note_event, spread_event

Sent = list[tuple[Any, ...]]
Hook = Callable[..., WebhookEndpoint]
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What would be on the queue; nothing runs by itself."""
    messages: Sent = []

    def send(*message: object, delay: float = 0.0) -> bool:
        messages.append((*message, delay))
        return True

    for module in (events, outcomes, by_hand):
        monkeypatch.setattr(module, "send", send)
    return messages


@pytest.fixture
def far(settings, sent: Sent) -> Iterator[Far]:
    settings.WEBHOOK_NETWORKS = [LOOPBACK]
    with running_far() as server:
        yield server


@pytest.fixture
def hook(far: Far) -> Hook:
    """``hook(person, "model.promoted", …)`` makes a webhook of theirs to the server."""

    def make(owner: User, *kinds: str, **more: Any) -> WebhookEndpoint:
        wish = Wish(url=far.url, events=kinds or ("model.promoted",), **more)
        return make_webhook(owner=owner, wish=wish)[0]

    return make


@pytest.fixture
def promotion(version: ModelVersion) -> int:
    """What ``model.promoted`` is told of."""
    return version.changes.get(after="production").pk


def happen(kind: str, subject: object) -> list[WebhookDelivery]:
    """Let it happen and be spread; give what is to be sent."""
    note_event(WebhookEvent.Kind(kind), subject)
    event = WebhookEvent.objects.order_by("-pk").first()
    assert event is not None
    spread_event(event_id=event.pk)
    return list(event.deliveries.order_by("endpoint"))
