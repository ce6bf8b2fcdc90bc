"""Flags: a reviewer's note that brings a picture before an adjudicator."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, StrictSerializer, Text, Uuid, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView, TrueOrFalse
from labelling.api.parsers import JSON_ONLY
from labelling.api.roles import ForReviewers
from labelling.models import Flag, Scope
from labelling.opened import visible_flags
from labelling.services.flags import LONGEST_NOTE, flag_image, resolve_flag


class FlagSerializer(serializers.Serializer[Any]):
    """A note on a picture."""

    id = serializers.IntegerField()
    image = serializers.UUIDField()
    by = serializers.CharField(help_text="a name to sign in with")
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class NewFlag(StrictSerializer):
    """What an adjudicator should see."""

    image = Uuid()
    note = Text(max_length=LONGEST_NOTE)


class FlagFilters(FilterSet):
    image = UUIDFilter(label="On one picture.")
    open = TrueOrFalse(field_name="resolved_at", lookup_expr="isnull", help_text="Not resolved.")


class Flags(ForReviewers, ListView):
    parser_classes = JSON_ONLY
    serializer_class = FlagSerializer
    filterset_class = FlagFilters
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.REVIEW}

    def get_queryset(self) -> QuerySet[Flag]:
        return visible_flags(self.request.user).select_related("by")

    def bodies(self, rows: Sequence[Flag]) -> list[dict[str, Any]]:
        return [flag_body(row) for row in rows]

    @extend_schema(operation_id="flags_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your flags, the newest first; for adjudicators and administrators everybody's."""
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="flags_create", request=NewFlag, responses={201: FlagSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Bring a picture before an adjudicator; it leaves the reviewers' queue."""
        said = read_body(request, NewFlag)
        flag = flag_image(reviewer=me(request), image_id=said["image"], note=said["note"])
        return Response(flag_body(flag), status=status.HTTP_201_CREATED)


class ResolveFlag(ApiView):
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="flags_resolve", request=Nothing, responses=FlagSerializer)
    def post(self, request: Request, flag_id: int) -> Response:
        """Say that nothing more is to be done about a flag; for adjudicators."""
        read_body(request, Nothing)
        return Response(flag_body(resolve_flag(flag_id=flag_id, by=me(request))))


def flag_body(flag: Flag) -> dict[str, Any]:
    return {
        "id": flag.pk,
        "image": str(flag.image_id),
        "by": flag.by.get_username(),
        "note": flag.note,
        "created_at": flag.created_at,
        "resolved_at": flag.resolved_at,
    }
