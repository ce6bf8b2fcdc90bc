"""Alerts: what the site found wrong by itself; taking one in hand, muting it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import Nothing, StrictSerializer, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView, Moment, OneOfChoices, TrueOrFalse
from labelling.api.roles import ForAdministrators
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.models import Scope
from worker.alerts import alert_by_id, listed_alerts, mutes
from worker.api.alert_body import AlertSerializer
from worker.models import Alert, Delivery
from worker.posting import NotDelivered
from worker.services.alerts import MUTED_FOR, acknowledge_alert, mute_alert, unmute_alert
from worker.services.deliveries import send_test


class AlertFilters(FilterSet):
    kind = OneOfChoices(choices=Alert.Kind.choices)
    open = TrueOrFalse(field_name="resolved_at", lookup_expr="isnull")
    acknowledged = TrueOrFalse(field_name="acknowledged_at", lookup_expr="isnull", exclude=True)
    raised_after = Moment(field_name="raised_at", lookup_expr="gt")
    raised_before = Moment(field_name="raised_at", lookup_expr="lt")


class Muting(StrictSerializer):
    """For how long nobody is told of it anew."""

    duration = serializers.ChoiceField(choices=words(*MUTED_FOR))


class ChannelTest(StrictSerializer):
    """The channel by which a test is to be sent."""

    channel = serializers.ChoiceField(choices=words(*Delivery.Channel.values))


class TestedSerializer(serializers.Serializer[Any]):
    """What came of a test."""

    arrived = serializers.BooleanField()
    said = serializers.CharField(help_text="what came back, or why it did not arrive")


class Alerts(ForAdministrators, ListView):
    serializer_class = AlertSerializer
    filterset_class = AlertFilters
    ordering = ("-raised_at",)

    def get_queryset(self) -> QuerySet[Alert]:
        return listed_alerts()

    def bodies(self, rows: Sequence[Alert]) -> Sequence[Mapping[str, Any]]:
        return _bodies(rows, self.request)

    @extend_schema(operation_id="alerts_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What was ever found wrong, the newest first; `?open=true` is what is wrong now."""
        return super().get(request, *args, **kwargs)


class OneAlert(ForAdministrators):
    @extend_schema(operation_id="alerts_read", responses=AlertSerializer)
    @sparse
    def get(self, request: Request, alert_id: int) -> Response:
        """One alert, with the pictures that it shows and who was told."""
        return _answer(request, alert_id)


class Acknowledge(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="alerts_acknowledge", request=Nothing, responses=AlertSerializer)
    @idempotent
    def post(self, request: Request, alert_id: int) -> Response:
        """Say that you look after it; the first who does is kept."""
        read_body(request, Nothing)
        acknowledge_alert(alert_id=alert_id, by=me(request))
        return _answer(request, alert_id)


class MuteAlert(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="alerts_mute", request=Muting, responses=AlertSerializer)
    @idempotent
    def post(self, request: Request, alert_id: int) -> Response:
        """Tell nobody anew of what this alert is about, for a while."""
        said = read_body(request, Muting)
        mute_alert(alert_id=alert_id, by=me(request), **said)
        return _answer(request, alert_id)


class UnmuteAlert(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="alerts_unmute", request=Nothing, responses=AlertSerializer)
    @idempotent
    def post(self, request: Request, alert_id: int) -> Response:
        """Tell people of it again."""
        read_body(request, Nothing)
        unmute_alert(alert_id=alert_id, by=me(request))
        return _answer(request, alert_id)


class TestChannel(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="alerts_test", request=ChannelTest, responses=TestedSerializer)
    @idempotent
    def post(self, request: Request) -> Response:
        """Send a message now that says that it is a test; waits a few seconds at most."""
        asked = read_body(request, ChannelTest)
        try:
            said = send_test(by=me(request), **asked)
        except NotDelivered as error:
            return Response({"arrived": False, "said": str(error)})
        return Response({"arrived": True, "said": said})


def _answer(request: Request, alert_id: int) -> Response:
    return Response(_bodies([alert_by_id(alert_id)], request)[0])


def _bodies(rows: Sequence[Alert], request: Request) -> list[Mapping[str, Any]]:
    context = {"request": request, "mutes": mutes()}
    return list(AlertSerializer(rows, many=True, context=context).data)
