"""The versions of the detector: which there are, where each came from, how good each is."""

import json
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.detector.bundle import CARD, MANIFEST
from classifier.models import ModelVersion
from classifier.serving import folder_at_hand
from labelling.api.base import ApiView
from labelling.api.lists import CreatedFilters, ListView, OneOfChoices
from labelling.api.sparse import sparse
from labelling.search.numbers import WholeNumberFilter
from worker import queries
from worker.api.version_body import OneVersionSerializer, VersionSerializer


class VersionFilters(CreatedFilters):
    state = OneOfChoices(choices=ModelVersion.State.choices)
    parent = WholeNumberFilter(field_name="parent__number", min_value=0)


class Versions(ListView):
    serializer_class = VersionSerializer
    filterset_class = VersionFilters
    ordering = ("-number",)

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return queries.versions().select_related("training_run__snapshot")

    @extend_schema(operation_id="versions_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every version of the detector, the newest first. Anybody with an account may ask."""
        return super().get(request, *args, **kwargs)


class OneVersion(ApiView):
    @extend_schema(operation_id="versions_read", responses=OneVersionSerializer)
    @sparse
    def get(self, request: Request, version_number: int) -> Response:
        """One version: what was measured of it, what the gate said, and what happened to it."""
        return version_answer(request, version_number)


class Card(ApiView):
    @extend_schema(
        operation_id="versions_card", responses={(200, "text/markdown"): OpenApiTypes.STR}
    )
    def get(self, request: Request, version_number: int) -> HttpResponse:
        """Its model card: what it is for, what it learned from, and where it is wrong."""
        folder = folder_at_hand(queries.version_by_number(version_number))
        card = (folder / CARD).read_bytes()
        return HttpResponse(card, content_type="text/markdown; charset=utf-8")


class Description(ApiView):
    @extend_schema(operation_id="versions_bundle", responses=OpenApiTypes.OBJECT)
    @sparse
    def get(self, request: Request, version_number: int) -> Response:
        """Its `bundle.json`: preprocessing, calibration, thresholds, metrics, lineage, files."""
        folder = folder_at_hand(queries.version_by_number(version_number))
        return Response(json.loads((folder / MANIFEST).read_bytes()))


def version_answer(request: Request, number: int) -> Response:
    """The version as it stands now. Raises NotFound."""
    version = queries.version_by_number(number)
    return Response(OneVersionSerializer(version, context={"request": request}).data)
