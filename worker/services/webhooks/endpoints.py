"""Making, changing and deleting a person's webhooks."""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_bytes

from django.db import transaction
from django.utils import timezone

from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import User
from labelling.permissions import check_may_administer
from labelling.services.audit_log import write_entry
from worker.models import WebhookEndpoint, WebhookEvent
from worker.services.alerts import resolve_alert
from worker.services.webhooks.addresses import check_url
from worker.services.webhooks.switching import alert_key, host_of, switch
from worker.signing import SECRET_PREFIX

Kind = WebhookEvent.Kind
OFFERED = tuple(kind for kind in Kind if kind != Kind.TEST)
FOR_ADMINISTRATORS = (Kind.DRIFT_ALERTED,)

MOST = 20  # for each person
LONGEST_DESCRIPTION = 100
SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)  # in which the former secret signs, too


@dataclass(frozen=True)
class Wish:
    """What a person wants of a webhook; None leaves it as it is."""

    url: str | None = None
    events: Collection[str] | None = None
    description: str | None = None
    everything: bool | None = None
    enabled: bool | None = None


@transaction.atomic
def make_webhook(*, owner: User, wish: Wish) -> tuple[WebhookEndpoint, str]:
    """Make a webhook for oneself; return it with its secret, which is shown this once.

    Raises InvalidRequest, NotAllowed for ``everything`` without the administrator's role, and
    Conflict for one too many.
    """
    User.objects.select_for_update().get(pk=owner.pk)
    if owner.webhooks.count() >= MOST:
        raise Conflict(
            f"You have {MOST} webhooks. Delete one that you no longer need first.",
            code="too_many_webhooks",
        )
    if wish.url is None or wish.events is None:
        raise InvalidRequest("A webhook needs an address and what is told there.")
    endpoint = WebhookEndpoint(owner=owner, secret=_new_secret())
    _apply(endpoint, wish)
    endpoint.save()
    _write("webhook.made", endpoint, owner, **_told(endpoint))
    return endpoint, endpoint.secret


@transaction.atomic
def change_webhook(*, webhook_id: int, by: User, wish: Wish) -> WebhookEndpoint:
    """Change one's own; switched on again, it is sent what waits. Raises as making one does, and
    NotFound."""
    endpoint = locked(webhook_id, by)
    before = _told(endpoint)
    _apply(endpoint, wish)
    if wish.enabled is not None and wish.enabled != endpoint.enabled:
        switch(endpoint, on=wish.enabled)
    endpoint.save()
    if _told(endpoint) == before:
        return endpoint
    _write("webhook.changed", endpoint, by, **_told(endpoint))
    return endpoint


@transaction.atomic
def delete_webhook(*, webhook_id: int, by: User) -> None:
    """With its log. Raises NotFound."""
    endpoint = locked(webhook_id, by)
    _write("webhook.deleted", endpoint, by)
    resolve_alert(key=alert_key(endpoint))
    endpoint.delete()


@transaction.atomic
def rotate_secret(*, webhook_id: int, by: User) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once; for a day the former signs beside it.

    Raises NotFound, and Conflict within that day, which a third secret would cut short.
    """
    endpoint = locked(webhook_id, by)
    if endpoint.former_signs:
        raise Conflict(
            "The secret before this one still signs, for 24 hours in all. Get another one after "
            "that, or make another webhook."
        )
    endpoint.former_secret, endpoint.former_until = endpoint.secret, timezone.now() + OVERLAP
    endpoint.secret = _new_secret()
    endpoint.save(update_fields=["secret", "former_secret", "former_until"])
    _write("webhook.rotated", endpoint, by)
    return endpoint, endpoint.secret


def locked(webhook_id: int, by: User) -> WebhookEndpoint:
    """One's own, held to the end of the transaction. Raises NotFound."""
    own = WebhookEndpoint.objects.select_for_update().filter(owner=by)
    endpoint = own.filter(pk=webhook_id).first()
    if endpoint is None:
        raise NotFound("You have no such webhook.")
    return endpoint


def _apply(endpoint: WebhookEndpoint, wish: Wish) -> None:
    if wish.url is not None:
        check_url(wish.url)
        endpoint.url = wish.url
    if wish.description is not None:
        endpoint.description = _description(wish.description)
    if wish.everything is not None:
        endpoint.everything = wish.everything
    if wish.events is not None:
        endpoint.events = _events(wish.events)
    if endpoint.everything and (wish.everything or wish.events is not None):
        check_may_administer(endpoint.owner)
    lost = set(endpoint.events).intersection(FOR_ADMINISTRATORS)
    if lost and not endpoint.everything:
        raise InvalidRequest(
            f"{', '.join(sorted(lost))} is told only where everything is, to administrators."
        )


def _events(wanted: Collection[str]) -> list[str]:
    """Each once, in the order of the table."""
    if not wanted or set(wanted) - set(OFFERED):
        raise InvalidRequest(f"Choose of what you want to be told: {', '.join(OFFERED)}.")
    return [kind.value for kind in OFFERED if kind in wanted]


def _description(text: str) -> str:
    words = " ".join(text.split())
    if len(words) > LONGEST_DESCRIPTION or not words.isprintable():
        raise InvalidRequest(
            f"Describe it in at most {LONGEST_DESCRIPTION} characters that can be printed."
        )
    return words


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode()


def _write(action: str, endpoint: WebhookEndpoint, by: User, **details: object) -> None:
    """Without the secret, and without the rest of the address, which can hold one, too."""
    write_entry(
        action=action, subject=f"webhook:{endpoint.pk}", by=by, host=host_of(endpoint), **details
    )


def _told(endpoint: WebhookEndpoint) -> dict[str, object]:
    """What the audit log says of it; of an address and of words only that they are others."""
    return {
        "events": endpoint.events,
        "everything": endpoint.everything,
        "enabled": endpoint.enabled,
        "address": sha256(f"{endpoint.url} {endpoint.description}".encode()).hexdigest()[:12],
    }
