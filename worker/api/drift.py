"""Drift: the looks that the site took by itself, and a report made when it is asked for."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.lists import CreatedFilters, ListView, OneOfChoices, TrueOrFalse
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.errors import NotFound
from labelling.search.numbers import WholeNumberFilter
from worker import drift_looks
from worker.api.drift_body import (
    LookSerializer,
    OneLookSerializer,
    ReportSerializer,
    report_body,
)
from worker.drift_report import LEAST, MOST, USUAL, drift_report, pictures_asked
from worker.models import DriftLook

N = OpenApiParameter(
    "n",
    {"type": "integer", "minimum": LEAST, "maximum": MOST, "default": USUAL},
    description="How many of the newest pictures are compared.",
)


class LookFilters(CreatedFilters):
    version = WholeNumberFilter(field_name="version__number", min_value=0)
    window = OneOfChoices(choices=DriftLook.Window.choices)
    alarmed = TrueOrFalse(field_name="alarms", lookup_expr="exact", method="by_alarms")

    def by_alarms(
        self, looks: QuerySet[DriftLook], name: str, alarmed: bool
    ) -> QuerySet[DriftLook]:
        return looks.exclude(alarms=[]) if alarmed else looks.filter(alarms=[])


class Looks(ForAdministrators, ListView):
    serializer_class = LookSerializer
    filterset_class = LookFilters

    def get_queryset(self) -> QuerySet[DriftLook]:
        return drift_looks.looks()

    @extend_schema(operation_id="drift_reports_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every look that the site took, the newest first, with what was alarmed."""
        return super().get(request, *args, **kwargs)


class OneLook(ForAdministrators):
    @extend_schema(operation_id="drift_reports_read", responses=OneLookSerializer)
    @sparse
    def get(self, request: Request, look_id: int) -> Response:
        """One look, with each figure against each reference, and the estimates of accuracy."""
        look = drift_looks.looks().filter(pk=look_id).first()
        if look is None:
            raise NotFound("There is no such look at drift.")
        return Response(OneLookSerializer(look, context={"request": request}).data)


class LatestReport(ForAdministrators):
    parameters = frozenset({"n"})

    @extend_schema(operation_id="drift_reports_latest", parameters=[N], responses=ReportSerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """The newest pictures against those before and what was learned from, compared now."""
        asked = pictures_asked(request.query_params.get("n", str(USUAL)))
        made = drift_report(request.user, asked)
        if made is None:
            raise NotFound("There is nothing to report yet: no version has judged a picture.")
        return Response(ReportSerializer(report_body(made)).data)
