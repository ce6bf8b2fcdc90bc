"""Drift as programs see it."""

from collections.abc import Iterable, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from worker.drift_report import DriftReport
from worker.drift_rows import named, told
from worker.models import DriftLook

MEMBERS = (
    "id",
    "url",
    "version",
    "window",
    "pictures",
    "number",
    "first_at",
    "last_at",
    "alarms",
    "created_at",
)


class AlarmSerializer(serializers.Serializer[Any]):
    """A figure that was beyond chance in two looks in a row."""

    figure = serializers.CharField()
    layer = serializers.CharField(help_text="input, embedding, prediction or label")
    against = serializers.CharField(help_text="trained_on or last_month")
    sentence = serializers.CharField()
    advice = serializers.CharField()
    images = serializers.ListField(child=serializers.UUIDField(), help_text="that moved most")


class ReadingSerializer(serializers.Serializer[Any]):
    """A figure against one reference. Where there were too few pictures, ``now`` of ``least`` came
    and the rest is null."""

    figure = serializers.CharField()
    layer = serializers.CharField()
    against = serializers.CharField()
    beyond = serializers.BooleanField(help_text="more than chance explains")
    measure = serializers.CharField(allow_null=True)
    by = serializers.FloatField(allow_null=True, help_text="how far it moved, in that measure")
    what = serializers.CharField(allow_null=True)
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    now = serializers.IntegerField(allow_null=True)
    least = serializers.IntegerField(allow_null=True)


class EstimateSerializer(serializers.Serializer[Any]):
    """An estimate of accuracy with its 95 % interval; null where ``n`` of ``least`` are there."""

    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    least = serializers.IntegerField(allow_null=True)


class LookSerializer(serializers.ModelSerializer[DriftLook]):
    """One window of pictures, compared with what the version learned and with the month before."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api-drift-report", lookup_url_kwarg="look_id"
    )
    version = serializers.IntegerField(source="version.number")
    alarms = AlarmSerializer(many=True)

    class Meta:
        model = DriftLook
        fields: Sequence[str] = MEMBERS
        read_only_fields = fields


class OneLookSerializer(LookSerializer):
    """One look with all its figures."""

    readings = serializers.SerializerMethodField()
    estimates = serializers.SerializerMethodField()

    class Meta(LookSerializer.Meta):
        fields = (*MEMBERS, "readings", "estimates")
        read_only_fields = fields

    @extend_schema_field(ReadingSerializer(many=True))
    def get_readings(self, look: DriftLook) -> list[dict[str, Any]]:
        return readings(look.readings)

    @extend_schema_field(EstimateSerializer(many=True))
    def get_estimates(self, look: DriftLook) -> list[dict[str, Any]]:
        return whole(look.estimates, EstimateSerializer)


class MarkedSerializer(serializers.Serializer[Any]):
    """A figure beyond chance in this look, and the pictures that moved most."""

    figure = serializers.CharField()
    layer = serializers.CharField()
    against = serializers.CharField()
    images = serializers.ListField(child=serializers.UUIDField())


class CameSerializer(serializers.Serializer[Any]):
    """What came in, plainly; ``before`` is null where there is nothing to compare with."""

    what = serializers.CharField()
    now = serializers.FloatField()
    before = serializers.FloatField(allow_null=True)


class ScoresSerializer(serializers.Serializer[Any]):
    """Shares of the pictures by probability of AI, in 20 bins from 0 to 1."""

    now = serializers.ListField(child=serializers.FloatField())
    before = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class ReportSerializer(serializers.Serializer[Any]):
    """The drift report of the newest pictures."""

    made_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    lead = serializers.CharField(help_text="what it comes to, in a sentence")
    asked = serializers.IntegerField()
    pictures = serializers.IntegerField(help_text="there may be fewer than were asked for")
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    readings = ReadingSerializer(many=True)
    marked = MarkedSerializer(many=True)
    estimates = EstimateSerializer(many=True)
    shares = CameSerializer(many=True)
    middles = CameSerializer(many=True, help_text="medians")
    scores = ScoresSerializer()


def report_body(made: DriftReport) -> dict[str, Any]:
    now, before = made.scores
    return {
        "made_at": made.made_at,
        "version": made.version.number,
        "lead": made.lead,
        "asked": made.asked,
        "pictures": len(made.window.ids),
        "first_at": made.window.first_at,
        "last_at": made.window.last_at,
        "readings": readings([told(one) for one in made.readings]),
        "marked": [named(one.reading) | {"images": one.ids} for one in made.marked],
        "estimates": whole(made.estimates, EstimateSerializer),
        "shares": [came(*one) for one in made.shares],
        "middles": [came(*one) for one in made.middles],
        "scores": {"now": now, "before": before},
    }


def came(what: str, now: float, before: float | None) -> dict[str, Any]:
    return {"what": what, "now": now, "before": before}


def readings(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return whole(({"beyond": False, **row} for row in rows), ReadingSerializer)


def whole(rows: Iterable[dict[str, Any]], form: Any) -> list[dict[str, Any]]:
    """The stored rows with every member that they may have."""
    names = list(form().fields)
    return [{name: row.get(name) for name in names} for row in rows]
