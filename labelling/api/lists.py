"""Lists of the API: filtered, a page at a time, whatever their number."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import (
    BaseInFilter,
    ChoiceFilter,
    FilterSet,
    IsoDateTimeFilter,
    TypedChoiceFilter,
)
from django_filters.fields import BaseCSVField, IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from labelling.api import sparse
from labelling.api.base import ApiView
from labelling.api.paging import Pages
from labelling.api.query import check_query

MOST_VALUES = 100  # in one filter


OF_EVERY_LIST = (sparse.PARAMETER, Pages.cursor_query_param, Pages.page_size_query_param)


class StrictFilters(DjangoFilterBackend):
    """Refuses a filter that there is not or that says nothing: passed over, it would list what
    was not asked for."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        filters = self.get_filterset_class(view, queryset)
        known = {*OF_EVERY_LIST, *(filters.base_filters if filters else ())}
        check_query(request.query_params, known)
        return super().filter_queryset(request, queryset, view)


class FewValues(BaseCSVField):
    def clean(self, value: Sequence[Any] | None) -> Any:
        if value and len(value) > MOST_VALUES:
            raise ValidationError(f"A filter takes at most {MOST_VALUES} values.")
        if value and "" in value:
            raise ValidationError("There is a comma without a value.")
        return super().clean(value)


class OneOf(BaseInFilter):
    """Values with commas between them, at most 100."""

    base_field_class = FewValues


class OneOfChoices(OneOf, ChoiceFilter):
    """Words with commas between them, each one of ``choices``."""


class MomentField(IsoDateTimeField):
    """In UTC, as databases compare it; there is a first and a last moment of the calendar."""

    def clean(self, value: Any) -> datetime | None:
        if isinstance(value, str) and not value.isascii():  # digits of some other script
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            moment: datetime | None = super().clean(value)
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("This moment is none of the calendar's.") from error


class Moment(IsoDateTimeFilter):
    """A moment, ISO 8601."""

    field_class = MomentField


@extend_schema_field({"type": "boolean"})
class TrueOrFalse(TypedChoiceFilter):
    """``true`` or ``false``; anything else is a mistake."""

    def __init__(self, **about: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda said: said == "true", **about)


class CreatedFilters(FilterSet):
    """The filters of whatever was made at a time."""

    created_after = Moment(field_name="created_at", lookup_expr="gt")
    created_before = Moment(field_name="created_at", lookup_expr="lt")


class ListView(ApiView, ListModelMixin, GenericAPIView):  # type: ignore[type-arg]
    """A list. Say ``get_queryset``, ``serializer_class``, and ``filterset_class`` and ``ordering``
    where they differ from the default."""

    pagination_class = Pages
    filter_backends = (StrictFilters,)
    ordering: ClassVar[Sequence[str]] = ("-created_at",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        chosen = sparse.only_asked(self.bodies(rows), request, self._members)
        return self.get_paginated_response(chosen)

    def _members(self) -> set[str]:
        """Of each object, known also where there is none."""
        return set(cast("Serializer[Any]", self.get_serializer()).fields)

    def check_query(self, request: Request) -> None:
        """Of what is listed, ``StrictFilters`` does it, which knows the filters."""
        if request.method not in ("GET", "HEAD"):
            super().check_query(request)

    def bodies(self, rows: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """The answers' objects, with a number of queries that does not grow with ``rows``."""
        return self.get_serializer(rows, many=True).data
