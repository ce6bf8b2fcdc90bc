"""A version of the detector as programs see it."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from classifier.models import ModelVersion, VersionChange
from worker import queries
from worker.gate_rows import current_rows
from worker.life import life_of
from worker.measured import figures_by_set
from worker.models import GateOverride, ShadowTrial, Watch

MEMBERS = (
    "number",
    "url",
    "page",
    "state",
    "digest",
    "backbone_digest",
    "head_digest",
    "parent",
    "training_run",
    "snapshot",
    "thresholds",
    "figures",
    "created_at",
    "promoted_at",
    "taken_back",
)


class VersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """One version of the detector."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api-version", lookup_field="number", lookup_url_kwarg="version_number"
    )
    page = serializers.HyperlinkedIdentityField(view_name="version", lookup_field="number")
    parent = serializers.IntegerField(  # type: ignore[assignment]  # fields have parents
        source="parent.number", allow_null=True, help_text="the version that it was built on"
    )
    training_run = serializers.IntegerField(
        source="training_run.pk", allow_null=True, help_text="null where it came from outside"
    )
    snapshot = serializers.CharField(
        source="training_run.snapshot.digest",
        allow_null=True,
        help_text="digest of the labels that it learned from",
    )
    thresholds = serializers.DictField(
        help_text="it says AI from `ai` upwards and human from `human` downwards"
    )
    figures = serializers.SerializerMethodField(help_text="on the most telling set of pictures")

    class Meta:
        model = ModelVersion
        fields: Sequence[str] = MEMBERS
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_figures(self, version: ModelVersion) -> dict[str, Any] | None:
        """On the first set alone; the version itself has all."""
        for name, figures in figures_by_set(version.metrics).items():
            return {"set": name, **figures}
        return None


class GateRowSerializer(serializers.Serializer[Any]):
    """One check of the gate, as ``GateRow`` has it."""

    name = serializers.CharField()
    set = serializers.CharField(help_text="gold, regression, audit, calibration or bundles")
    slice = serializers.CharField(help_text="a tier or an origin; empty for all of the set")
    before = serializers.FloatField(allow_null=True)
    now = serializers.FloatField(allow_null=True)
    worse_by = serializers.FloatField(allow_null=True, help_text="below zero where it is ahead")
    low = serializers.FloatField(allow_null=True, help_text="of the paired 95 % interval")
    high = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True, help_text="the most that passes")
    unit = serializers.CharField()
    ok = serializers.BooleanField()
    words = serializers.CharField()


class ChangeSerializer(serializers.ModelSerializer[VersionChange]):
    """One step in the life of a version. ``by`` is empty where the site acted by itself."""

    class Meta:
        model = VersionChange
        fields = ("before", "after", "by", "reason", "created_at")


class TrialSerializer(serializers.ModelSerializer[ShadowTrial]):
    """A time in shadow beside the version that answered."""

    champion = serializers.IntegerField(source="champion.number")

    class Meta:
        model = ShadowTrial
        fields = (
            "champion",
            "state",
            "wanted",
            "compared",
            "agreed",
            "flips",
            "mean_difference",
            "better",
            "worse",
            "outcome",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class WatchSerializer(serializers.ModelSerializer[Watch]):
    """The time after a promotion in which the site takes it back by itself, if it must."""

    before = serializers.IntegerField(source="before.number")

    class Meta:
        model = Watch
        fields = (
            "before",
            "state",
            "compared",
            "outcome",
            "started_at",
            "ends_at",
            "finished_at",
        )
        read_only_fields = fields


class OverrideSerializer(serializers.ModelSerializer[GateOverride]):
    """Who overruled the gate, why, and what its failed checks said."""

    checks = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = GateOverride
        fields = ("by", "reason", "checks", "created_at")


class LearnedSerializer(serializers.Serializer[Any]):
    """How many labels trained it, and how many of their pictures were deleted since."""

    ai = serializers.IntegerField()
    human = serializers.IntegerField()
    deleted = serializers.IntegerField()


class LifeSerializer(serializers.Serializer[Any]):
    """What happened to a version, the newest first."""

    changes = ChangeSerializer(many=True)
    trials = TrialSerializer(many=True)
    watches = WatchSerializer(many=True)


class OneVersionSerializer(VersionSerializer):
    """One version with all that was measured of it and all that happened to it."""

    metrics = serializers.DictField(help_text="as its bundle says them")
    learned = serializers.SerializerMethodField()
    gate = serializers.SerializerMethodField(help_text="empty where no gate judged it")
    overrides = OverrideSerializer(many=True)
    life = serializers.SerializerMethodField()

    class Meta(VersionSerializer.Meta):
        fields = (
            *MEMBERS,
            "metrics",
            "learned",
            "gate",
            "overrides",
            "life",
        )
        read_only_fields = fields

    @extend_schema_field(LearnedSerializer)
    def get_learned(self, version: ModelVersion) -> dict[str, int]:
        return queries.learned_counts(version)

    @extend_schema_field(GateRowSerializer(many=True))
    def get_gate(self, version: ModelVersion) -> list[dict[str, Any]]:
        run = queries.run_of(version)
        return list(GateRowSerializer(current_rows(run.gate) if run else [], many=True).data)

    @extend_schema_field(LifeSerializer)
    def get_life(self, version: ModelVersion) -> Any:
        return LifeSerializer(life_of(version)).data
