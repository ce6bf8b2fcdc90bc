"""A figure with its interval, as programs see it."""

from typing import Any

from rest_framework import serializers

from labelling.statistics.figure import Why


class FigureSerializer(serializers.Serializer[Any]):
    """A share or a coefficient with its 95 % interval, of ``n``.

    Null where ``n`` is fewer than ``least``.
    """

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    least = serializers.IntegerField(allow_null=True)
    why = serializers.ChoiceField(choices=[(why, why) for why in Why], allow_null=True)
