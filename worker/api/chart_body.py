"""Counts and charts as programs see them."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers


def counts(names: Iterable[str]) -> serializers.DictField:
    """An object with a count for each name."""
    return serializers.DictField(child=serializers.IntegerField(), help_text=", ".join(names))


class ChartRowSerializer(serializers.Serializer[Any]):
    """A row of a chart; ``at`` is a moment, or a probability."""

    at = serializers.JSONField()
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    alarmed = serializers.ListField(child=serializers.CharField())


class ChartSerializer(serializers.Serializer[Any]):
    """A chart of the dashboard as a table."""

    chart = serializers.CharField()
    title = serializers.CharField(help_text="what was found, in a sentence")
    what = serializers.CharField(help_text="how to read it")
    unit = serializers.CharField()
    level = serializers.FloatField(allow_null=True, help_text="beyond chance from here on")
    series = serializers.ListField(child=serializers.CharField())
    rows = ChartRowSerializer(many=True)
