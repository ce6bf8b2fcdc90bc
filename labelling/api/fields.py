"""Parts of bodies and answers that several resources share."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A body in which a field that nobody knows is a mistake, not a wish that is passed over."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: ["There is no such field."] for name in unknown[:10]}
                )
        return super().to_internal_value(data)


class Nothing(StrictSerializer):
    """Nothing needs to be said."""
