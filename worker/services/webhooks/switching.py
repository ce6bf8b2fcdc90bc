"""Switching a webhook off, by itself or by hand, and on again."""

from urllib.parse import urlsplit

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from labelling.services.audit_log import write_entry
from worker.models import Alert, WebhookDelivery, WebhookEndpoint
from worker.services.alerts import raise_alert, resolve_alert

ADVICE = (
    "Its owner is told on the page Webhooks, and switches it on again there once its server is "
    "well. What waits for it is sent then."
)


def host_of(endpoint: WebhookEndpoint) -> str:
    """What may be said of its address to others: the rest of it can hold a secret."""
    return urlsplit(endpoint.url).hostname or ""


@transaction.atomic
def switch_off(*, endpoint_id: int, why: str) -> bool:
    """Send no more there, and tell its owner and the administrators why; False where it is off."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint_id, enabled=True)
    said = f"Switched off because {why}"[:300]
    if not rows.update(enabled=False, disabled_at=timezone.now(), disabled_why=said):
        return False
    endpoint = WebhookEndpoint.objects.select_related("owner").get(pk=endpoint_id)
    write_entry(
        action="webhook.switched_off",
        subject=f"webhook:{endpoint_id}",
        host=host_of(endpoint),
        why=why,
    )
    raise_alert(
        key=alert_key(endpoint),
        kind=Alert.Kind.WEBHOOK,
        sentence=f"A webhook of {endpoint.owner.get_username()} to {host_of(endpoint)} was "
        f"switched off because {why}",
        advice=ADVICE,
        link=reverse("admin:worker_webhookendpoint_change", args=[endpoint_id]),
    )
    return True


def switch(endpoint: WebhookEndpoint, *, on: bool) -> None:
    """As its owner wants it; the caller holds the row. What waits is sent when it is on again."""
    now = timezone.now()
    endpoint.enabled = on
    endpoint.disabled_at = None if on else now
    endpoint.disabled_why = "" if on else "You switched it off."
    if on:
        endpoint.failures, endpoint.rests_until = 0, None
        waiting = endpoint.deliveries.filter(state=WebhookDelivery.State.WAITING, next_at__gt=now)
        waiting.update(next_at=now)
        resolve_alert(key=alert_key(endpoint))


def alert_key(endpoint: WebhookEndpoint) -> str:
    return f"webhook:{endpoint.pk}"
