"""Reading webhooks and what was sent there."""

from django.db.models import QuerySet

from labelling.errors import NotFound
from labelling.permissions import Person, check_may_administer
from worker.models import WebhookDelivery, WebhookEndpoint


def own_webhooks(person: Person) -> QuerySet[WebhookEndpoint]:
    """The newest first. Nobody sees another's, as each holds what its owner's server is called."""
    return WebhookEndpoint.objects.filter(owner=person.pk)


def all_webhooks(person: Person) -> QuerySet[WebhookEndpoint]:
    """Everybody's, the newest first, with their owners. To be shown without their addresses, which
    can hold secrets. Raises NotAllowed."""
    check_may_administer(person)
    return WebhookEndpoint.objects.select_related("owner")


def webhook_for(person: Person, webhook_id: int) -> WebhookEndpoint:
    """Raises NotFound, also where it is somebody else's."""
    endpoint = own_webhooks(person).filter(pk=webhook_id).first()
    if endpoint is None:
        raise NotFound("You have no such webhook.")
    return endpoint


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """What was sent there and what is to be, with what happened, the newest first."""
    return endpoint.deliveries.select_related("event").order_by("-created_at", "-pk")
