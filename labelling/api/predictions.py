"""Findings: what each version of the detector said of which picture."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.vocabulary import Verdict
from labelling.api.base import ApiView
from labelling.api.lists import CreatedFilters, ListView, OneOfChoices
from labelling.api.representation import finding_body
from labelling.api.serializers import FindingSerializer, words
from labelling.api.sparse import sparse
from labelling.errors import NotFound
from labelling.models import Prediction
from labelling.opened import visible_predictions
from labelling.search.filters import VERSIONS
from labelling.search.numbers import DecimalNumberFilter, WholeNumberFilter


class PredictionSerializer(FindingSerializer):
    """What one version said of one picture."""

    id = serializers.IntegerField()
    image = serializers.UUIDField()


class PredictionFilters(CreatedFilters):
    image = UUIDFilter(label="Of one picture.")
    version = WholeNumberFilter(
        field_name="version__number",
        min_value=1,
        max_value=VERSIONS,
        label="By one version.",
    )
    verdict = OneOfChoices(choices=words(*Verdict), help_text="Several with commas between them.")
    probability_from = DecimalNumberFilter(
        field_name="probability_ai", lookup_expr="gte", min_value=0, max_value=1
    )
    probability_to = DecimalNumberFilter(
        field_name="probability_ai", lookup_expr="lte", min_value=0, max_value=1
    )


class Predictions(ListView):
    serializer_class = PredictionSerializer
    filterset_class = PredictionFilters

    def get_queryset(self) -> QuerySet[Prediction]:
        return visible_predictions(self.request.user).prefetch_related("version")

    def bodies(self, rows: Sequence[Prediction]) -> list[dict[str, Any]]:
        return [prediction_body(row) for row in rows]

    @extend_schema(operation_id="predictions_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What was said of the pictures whose findings you may see, the newest first.

        By versions that answer or once did; what is tried in shadow says nothing yet.
        """
        return super().get(request, *args, **kwargs)


class OnePrediction(ApiView):
    @extend_schema(operation_id="predictions_read", responses=PredictionSerializer)
    @sparse
    def get(self, request: Request, prediction_id: int) -> Response:
        """One finding."""
        found = visible_predictions(request.user).select_related("version")
        prediction = found.filter(pk=prediction_id).first()
        if prediction is None:
            raise NotFound("There is no such finding, or it is not yours to see.")
        return Response(prediction_body(prediction))


def prediction_body(prediction: Prediction) -> dict[str, Any]:
    return {
        "id": prediction.pk,
        "image": str(prediction.image_id),
        **finding_body(prediction),
    }
