"""What trainings saw, as programs see it."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.api.serializers import words
from labelling.blindness import sees_everything
from worker import queries
from worker.models import DatasetSnapshot, SnapshotItem

MEMBERS = ("digest", "url", "page", "ai", "human", "gold", "versions", "created_at")


class SnapshotSerializer(serializers.ModelSerializer[DatasetSnapshot]):
    """The labels that a training saw, frozen. ``ai`` and ``human`` count what they say."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api-snapshot", lookup_field="digest", lookup_url_kwarg="snapshot_digest"
    )
    page = serializers.HyperlinkedIdentityField(view_name="snapshot", lookup_field="digest")
    versions = serializers.SerializerMethodField(help_text="that it trained")

    class Meta:
        model = DatasetSnapshot
        fields: Sequence[str] = MEMBERS
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_versions(self, snapshot: DatasetSnapshot) -> list[int]:
        return sorted(run.version.number for run in snapshot.runs.all() if run.version)


class CountSerializer(serializers.Serializer[Any]):
    """How many of its pictures have one use, and how many of these were deleted since."""

    use = serializers.ChoiceField(choices=SnapshotItem.Use.choices)
    ai = serializers.IntegerField()
    human = serializers.IntegerField()
    deleted = serializers.IntegerField()


class OneSnapshotSerializer(SnapshotSerializer):
    """One snapshot, with what its pictures are used for."""

    uses = serializers.SerializerMethodField()

    class Meta(SnapshotSerializer.Meta):
        fields = (*MEMBERS, "uses")
        read_only_fields = fields

    @extend_schema_field(CountSerializer(many=True))
    def get_uses(self, snapshot: DatasetSnapshot) -> list[dict[str, Any]]:
        counts = queries.snapshot_counts(snapshot)
        return [{"use": use, **count} for use, count in counts.items()]


class ItemSerializer(serializers.ModelSerializer[SnapshotItem]):
    """One picture as it was labelled then."""

    image = serializers.UUIDField(
        source="image_id", allow_null=True, help_text="null once it was deleted"
    )
    group = serializers.SerializerMethodField(
        help_text="sha256 of the oldest of its near twins; for adjudicators and administrators"
    )

    class Meta:
        model = SnapshotItem
        fields: Sequence[str] = (
            "sha256",
            "image",
            "use",
            "label",
            "why",
            "group",
            "source",
            "deleted_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_group(self, item: SnapshotItem) -> str | None:
        """It names another picture, to which a reviewer may still be blind."""
        return item.group if sees_everything(self.context["request"].user) else None


class SeenSerializer(serializers.Serializer[Any]):
    """One version that saw a picture, and what for."""

    version = serializers.IntegerField(source="number")
    state = serializers.ChoiceField(choices=ModelVersion.State.choices)
    use = serializers.ChoiceField(choices=SnapshotItem.Use.choices)
    why = serializers.CharField()
    label = serializers.ChoiceField(choices=words(*Label))  # type: ignore[assignment]  # as above
    snapshot = serializers.CharField(source="digest")


class LineageSerializer(serializers.Serializer[Any]):
    """Which versions saw a picture, the newest first."""

    blind = serializers.BooleanField(help_text="you have still to answer for it")
    seen = SeenSerializer(many=True, allow_null=True, help_text="null while you are blind")
