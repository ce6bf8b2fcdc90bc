"""Parts of bodies and answers that several resources share."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.request import Request

from labelling.numerals import whole_number


class Text(serializers.CharField):
    """Text alone: what is a number or a truth value in JSON is no text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Uuid(serializers.UUIDField):
    """A UUID in its usual form, and no number that could be read as one."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """``true`` or ``false``, and not what reads like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumber(serializers.IntegerField):
    """A number, and no text or truth value that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumberInForm(WholeNumber):
    """Where the body may be a form, which has numbers as digits."""

    def to_internal_value(self, data: Any) -> int:
        return super().to_internal_value(whole_number(data) if isinstance(data, str) else data)


class Number(serializers.FloatField):
    """A number, and no text or truth value that could be read as one."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


SEVERAL = (serializers.ListField, serializers.MultipleChoiceField)


class StrictSerializer(serializers.Serializer[Any]):
    """A body in which a field that nobody knows is a mistake, not a wish that is passed over; and
    so is one that a form has twice, of which only the last would count."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (wrong := {**self._unknown(data), **self._twice(data)}):
            raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, list[str]]:
        unknown = sorted(set(map(str, data)) - set(self.fields))
        return {name: ["There is no such field."] for name in unknown[:10]}

    def _twice(self, data: Mapping[Any, Any]) -> dict[str, list[str]]:
        if not isinstance(data, MultiValueDict):  # JSON, and not a form
            return {}
        one = [name for name, field in self.fields.items() if not isinstance(field, SEVERAL)]
        twice = [name for name in one if len(data.getlist(name)) > 1]
        return {name: ["Send this field once."] for name in twice}


class Nothing(StrictSerializer):
    """Nothing needs to be said."""


def read_body(
    request: Request, form: type[serializers.Serializer[Any]], *, partial: bool = False
) -> dict[str, Any]:
    """What the request's body says, in the fields of ``form``; some of them where ``partial``.

    Raises the framework's ValidationError, which names the fields that are wrong.
    """
    body = form(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
