"""A retraining as programs see it."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from worker.api.version_body import GateRowSerializer
from worker.gate_rows import current_rows
from worker.models import TrainingRun

MEMBERS = (
    "id",
    "url",
    "kind",
    "state",
    "trigger",
    "requested_by",
    "progress",
    "step",
    "outcome",
    "parent",
    "snapshot",
    "version",
    "attempts",
    "minutes",
    "created_at",
    "started_at",
    "finished_at",
    "cancel_asked_at",
    "cancelled_by",
)


class RunSerializer(serializers.ModelSerializer[TrainingRun]):
    """One retraining. ``outcome`` says in a sentence what came of it."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api-training-run", lookup_url_kwarg="run_id"
    )
    requested_by = serializers.CharField(
        source="requested_by.username", allow_null=True, help_text="null where the site did itself"
    )
    parent = serializers.IntegerField(  # type: ignore[assignment]  # fields have parents
        source="parent.number", allow_null=True, help_text="the version that it starts from"
    )
    snapshot = serializers.CharField(source="snapshot.digest", allow_null=True)
    version = serializers.IntegerField(
        source="version.number", allow_null=True, help_text="the version that it made"
    )
    cancelled_by = serializers.CharField(source="cancelled_by.username", allow_null=True)

    class Meta:
        model = TrainingRun
        fields: Sequence[str] = MEMBERS
        read_only_fields = fields


class OneRunSerializer(RunSerializer):
    """One retraining with the gate's table."""

    gate = serializers.SerializerMethodField(help_text="empty while the gate was not asked")

    class Meta(RunSerializer.Meta):
        fields = (*MEMBERS, "gate")
        read_only_fields = fields

    @extend_schema_field(GateRowSerializer(many=True))
    def get_gate(self, run: TrainingRun) -> Any:
        return GateRowSerializer(current_rows(run.gate), many=True).data


class EventSerializer(serializers.Serializer[Any]):
    """Something that happened to a run."""

    at = serializers.DateTimeField()
    words = serializers.CharField()


class RunLogSerializer(serializers.Serializer[Any]):
    """What happened to a run in its order, and the figures of its epochs.

    ``curve`` is there where this machine has the run's record. A refit has no epochs: its two rows
    are the version before and the new one.
    """

    events = EventSerializer(many=True)
    curve = serializers.ListField(child=serializers.DictField())
