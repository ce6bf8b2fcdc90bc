"""Webhooks: where a person's programs are told what happens, and of what."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.access import check_scope
from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, StrictSerializer, Text, Truth, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView
from labelling.api.sparse import sparse
from labelling.models import Scope
from worker.models import WebhookEndpoint
from worker.services.webhooks.addresses import LONGEST_URL
from worker.services.webhooks.endpoints import (
    LONGEST_DESCRIPTION,
    OFFERED,
    Wish,
    change_webhook,
    delete_webhook,
    locked,
    make_webhook,
    rotate_secret,
)
from worker.webhooks.queries import own_webhooks, webhook_for

KINDS = [(kind.value, kind.value) for kind in OFFERED]


class WebhookSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """An address that you want to be told at, and of what."""

    url = serializers.CharField(help_text="where messages are sent")
    events = serializers.ListField(child=serializers.ChoiceField(choices=KINDS))
    former_secret_until = serializers.DateTimeField(
        source="former_until", allow_null=True, help_text="until then the former secret signs, too"
    )

    class Meta:
        model = WebhookEndpoint
        fields: Sequence[str] = (
            *("id", "url", "description", "events", "everything", "enabled", "disabled_at"),
            *("disabled_why", "failures", "rests_until", "arrived_at", "former_secret_until"),
            "created_at",
        )
        read_only_fields = fields


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with the secret that signs its messages. It is shown this once."""

    secret = serializers.CharField()

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = fields


class WebhookChange(StrictSerializer):
    """What is left out stays as it is."""

    url = Text(max_length=LONGEST_URL)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=KINDS), min_length=1, max_length=len(KINDS)
    )
    description = Text(max_length=LONGEST_DESCRIPTION, allow_blank=True, required=False)
    everything = Truth(
        required=False,
        help_text="for administrators: told of all that happens here, not only of what is yours",
    )
    enabled = Truth(required=False, help_text="switched on again, it is sent what waits")


class NewWebhook(WebhookChange):
    """Where you want to be told, and of what."""

    enabled = None  # type: ignore[assignment]  # it begins switched on


class Webhooks(ListView):
    serializer_class = WebhookSerializer
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.UPLOAD}

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return own_webhooks(self.request.user)

    @extend_schema(operation_id="webhooks_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your webhooks, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="webhooks_create",
        request=NewWebhook,
        responses={201: OpenApiResponse(WebhookWithSecretSerializer, "It is told from now on.")},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a webhook. The answer has its secret, which is shown this once.

        To be told everything needs the scope `administer` and the administrator's role.
        """
        endpoint, _ = make_webhook(owner=me(request), wish=_wish(request, NewWebhook))
        address = request.build_absolute_uri(reverse("api-webhook", args=[endpoint.pk]))
        return Response(
            WebhookWithSecretSerializer(endpoint).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )


class OneWebhook(ApiView):
    scopes: ClassVar = {"GET": Scope.READ, "PATCH": Scope.UPLOAD, "DELETE": Scope.UPLOAD}

    @extend_schema(operation_id="webhooks_read", responses=WebhookSerializer)
    @sparse
    def get(self, request: Request, webhook_id: int) -> Response:
        """One of your webhooks. Where it was switched off, it says why."""
        return Response(WebhookSerializer(webhook_for(request.user, webhook_id)).data)

    @extend_schema(
        operation_id="webhooks_change", request=WebhookChange, responses=WebhookSerializer
    )
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change a webhook, or switch it off or on."""
        wish = _wish(request, WebhookChange, partial=True)
        with touching(request, webhook_id):
            endpoint = change_webhook(webhook_id=webhook_id, by=me(request), wish=wish)
        return Response(WebhookSerializer(endpoint).data)

    @extend_schema(operation_id="webhooks_delete", responses={204: None})
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Delete a webhook and the log of what was sent there."""
        with touching(request, webhook_id):
            delete_webhook(webhook_id=webhook_id, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Secret(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        operation_id="webhooks_rotate_secret",
        request=Nothing,
        responses=WebhookWithSecretSerializer,
    )
    @idempotent
    def post(self, request: Request, webhook_id: int) -> Response:
        """Get a new secret, shown this once. For a day the former one signs beside it.

        While it does there is no other one to be had.
        """
        read_body(request, Nothing)
        with touching(request, webhook_id):
            endpoint, _ = rotate_secret(webhook_id=webhook_id, by=me(request))
        return Response(WebhookWithSecretSerializer(endpoint).data)


@contextmanager
def touching(request: Request, webhook_id: int) -> Iterator[None]:
    """What tells everything is an administrator's business also where a token acts.

    Else a token for uploads could turn it to another address. Its row is held to the end, so that
    it does not begin to tell everything meanwhile. Raises NotFound, NotAllowed.
    """
    with transaction.atomic():
        if locked(webhook_id, me(request)).everything:
            check_scope(request, Scope.ADMINISTER)
        yield


def _wish(request: Request, form: type[StrictSerializer], *, partial: bool = False) -> Wish:
    wish = Wish(**read_body(request, form, partial=partial))
    if wish.everything:
        check_scope(request, Scope.ADMINISTER)
    return wish
