"""What was sent to a webhook and what came back; sending again, and a test."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import FilterSet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView, OneOfChoices
from labelling.models import Scope
from worker.api.webhooks import touching
from worker.models import WebhookDelivery, WebhookEvent
from worker.services.webhooks import by_hand
from worker.webhooks.queries import deliveries_of, webhook_for

KINDS = [(kind, kind) for kind in WebhookEvent.Kind.values]


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One message: what it tells of, how often it was tried, and what came back last."""

    message = serializers.CharField(source="key", help_text="its `webhook-id`")
    event = serializers.ChoiceField(source="event.kind", choices=KINDS)
    happened_at = serializers.DateTimeField(source="event.at")
    next_at = serializers.DateTimeField(
        source="next_try_at", allow_null=True, help_text="when it is tried next, if it waits"
    )

    class Meta:
        model = WebhookDelivery
        fields = (
            *("id", "message", "event", "happened_at", "state", "attempts", "next_at", "tried_at"),
            *("status", "answer", "error", "created_at", "arrived_at"),
        )
        read_only_fields = fields


class DeliveryFilters(FilterSet):
    state = OneOfChoices(choices=WebhookDelivery.State.choices)
    event = OneOfChoices(field_name="event__kind", choices=KINDS)


class Deliveries(ListView):
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    queryset = WebhookDelivery.objects.none()  # for the schema alone

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        return deliveries_of(webhook_for(self.request.user, self.kwargs["webhook_id"]))

    @extend_schema(operation_id="webhooks_deliveries_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The messages of the last 30 days, the newest first."""
        return super().get(request, *args, **kwargs)


class Redeliver(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        operation_id="webhooks_deliveries_redeliver",
        request=Nothing,
        responses={202: OpenApiResponse(DeliverySerializer, "It is on its way.")},
    )
    @idempotent
    def post(self, request: Request, webhook_id: int, delivery_id: UUID) -> Response:
        """Send a message once more, under its own id and with all its tries before it."""
        read_body(request, Nothing)
        with touching(request, webhook_id):
            again = by_hand.redeliver(
                webhook_id=webhook_id, delivery_id=delivery_id, by=me(request)
            )
        return Response(DeliverySerializer(again).data, status=status.HTTP_202_ACCEPTED)


class SendTest(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        operation_id="webhooks_test",
        request=Nothing,
        responses={202: OpenApiResponse(DeliverySerializer, "It is on its way.")},
    )
    @idempotent
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send a message that says that it is a test. What came back stands among the messages."""
        read_body(request, Nothing)
        with touching(request, webhook_id):
            test = by_hand.send_test(webhook_id=webhook_id, by=me(request))
        return Response(DeliverySerializer(test).data, status=status.HTTP_202_ACCEPTED)
