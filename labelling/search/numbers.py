"""Filters by numbers, which are read as they are written."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django_filters import NumberFilter

from labelling.numerals import decimal_number, whole_number

Number = TypeVar("Number", int, Decimal)


class WholeNumberField(forms.IntegerField):
    def to_python(self, value: Any) -> int | None:
        return _read(self, value, whole_number)


class DecimalNumberField(forms.DecimalField):
    def to_python(self, value: Any) -> Any:  # a DecimalField is an IntegerField
        return _read(self, value, decimal_number)


class WholeNumberFilter(NumberFilter):
    field_class = WholeNumberField


class DecimalNumberFilter(NumberFilter):
    field_class = DecimalNumberField


def _read(field: forms.Field, value: Any, read: Callable[[str], Number | None]) -> Number | None:
    if value in field.empty_values:
        return None
    number = read(value)
    if number is None:
        raise ValidationError(field.error_messages["invalid"], code="invalid")
    return number
