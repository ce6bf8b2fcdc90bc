"""Whose webhooks there are and how they fare; for administrators, as in the back office."""

from typing import Any

from django.db.models import QuerySet
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.lists import ListView, TrueOrFalse
from labelling.api.roles import ForAdministrators
from worker.api.webhooks import KINDS
from worker.models import WebhookEndpoint
from worker.services.webhooks.switching import host_of
from worker.webhooks.queries import all_webhooks


class AnyWebhookSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """Somebody's webhook, without its secret and without the rest of its address."""

    owner = serializers.CharField(source="owner.username")
    host = serializers.SerializerMethodField(help_text="to which it leads")
    events = serializers.ListField(child=serializers.ChoiceField(choices=KINDS))

    class Meta:
        model = WebhookEndpoint
        fields = (
            *("id", "owner", "host", "description", "events", "everything", "enabled"),
            *("disabled_at", "disabled_why", "failures", "rests_until", "arrived_at", "created_at"),
        )
        read_only_fields = fields

    def get_host(self, endpoint: WebhookEndpoint) -> str:
        return host_of(endpoint)


class AnyWebhookFilters(FilterSet):
    enabled = TrueOrFalse()
    everything = TrueOrFalse()


class AllWebhooks(ForAdministrators, ListView):
    queryset = WebhookEndpoint.objects.none()  # for the schema alone
    serializer_class = AnyWebhookSerializer
    filterset_class = AnyWebhookFilters

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return all_webhooks(self.request.user)

    @extend_schema(operation_id="webhooks_all")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everybody's webhooks, the newest first. Each is changed by its owner alone."""
        return super().get(request, *args, **kwargs)
