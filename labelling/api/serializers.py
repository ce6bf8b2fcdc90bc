"""A picture and what is known of it, as the schema describes them."""

from typing import Any

from rest_framework import serializers

from classifier.vocabulary import Label, Verdict
from labelling.models import Evidence, Image


def words(*values: str) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class FindingSerializer(serializers.Serializer[Any]):
    """What one version of the detector says of one picture."""

    verdict = serializers.ChoiceField(choices=words(*Verdict))
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="why it is uncertain, where it is"
    )
    probability_ai = serializers.FloatField(min_value=0, max_value=1, help_text="calibrated")
    logit = serializers.FloatField(help_text="before calibration; positive for AI")
    model_version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ClueSerializer(serializers.ModelSerializer[Evidence]):
    """One thing that the file says of its own origin. It has no part in the score."""

    class Meta:
        model = Evidence
        fields = ("kind", "says", "tool", "where", "verified", "sentence", "prompt")


class FailureSerializer(serializers.Serializer[Any]):
    """Why a picture could not be examined."""

    code = serializers.CharField()
    detail = serializers.CharField()


class SettledSerializer(serializers.Serializer[Any]):
    """What people settled."""

    value = serializers.ChoiceField(choices=words(*Label))
    gold = serializers.BooleanField(
        allow_null=True, help_text="whether it measures the detector; told to who works here"
    )
    settled_at = serializers.DateTimeField()


class ImageSerializer(serializers.Serializer[Any]):
    """A picture as it stands now."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="where people look at it")
    sha256 = serializers.CharField()
    state = serializers.ChoiceField(choices=Image.State.choices)
    content_type = serializers.CharField()
    width = serializers.IntegerField(help_text="pixels as stored, before a camera's rotation")
    height = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    blind = serializers.BooleanField(
        help_text="you have still to answer for it, so what is thought of it is hidden"
    )
    finding = FindingSerializer(allow_null=True)
    explanation = serializers.URLField(allow_null=True)
    evidence = ClueSerializer(many=True, allow_null=True)
    contradiction = serializers.BooleanField(
        allow_null=True, help_text="whether the evidence and the verdict contradict each other"
    )
    failure = FailureSerializer(allow_null=True)
    label = SettledSerializer(allow_null=True)  # type: ignore[assignment]  # fields have labels
