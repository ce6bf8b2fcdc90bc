"""An alert as programs see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from worker.models import Alert, Delivery


class AlertDeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One message about an alert. ``error`` says why the last try failed."""

    class Meta:
        model = Delivery
        fields: Sequence[str] = ("channel", "event", "state", "attempts", "sent_at", "error")
        read_only_fields = fields


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """Something that a person should look at, from when it was found until it is over."""

    url = serializers.HyperlinkedIdentityField(view_name="api-alert", lookup_url_kwarg="alert_id")
    acknowledged_by = serializers.CharField(source="acknowledged_by.username", allow_null=True)
    page = serializers.SerializerMethodField(help_text="that shows more, where there is one")
    muted_until = serializers.SerializerMethodField()
    images = serializers.SerializerMethodField(help_text="that it shows; what moved most first")
    deliveries = AlertDeliverySerializer(many=True)

    class Meta:
        model = Alert
        fields: Sequence[str] = (
            "id",
            "url",
            "page",
            "key",
            "kind",
            "sentence",
            "advice",
            "count",
            "raised_at",
            "last_at",
            "acknowledged_at",
            "acknowledged_by",
            "resolved_at",
            "muted_until",
            "images",
            "deliveries",
        )
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_page(self, alert: Alert) -> str | None:
        if not alert.link:
            return None
        address: str = self.context["request"].build_absolute_uri(alert.link)
        return address

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_muted_until(self, alert: Alert) -> datetime | None:
        mute = self.context["mutes"].get(alert.key)
        return mute.until if mute else None

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_images(self, alert: Alert) -> list[Any]:
        return [shown.image_id for shown in alert.shown.all()]
