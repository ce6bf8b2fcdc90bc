"""Two versions side by side: what was measured of them, and where they differ."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.vocabulary import Verdict
from labelling.api.numbers import number_asked
from labelling.api.roles import ForAdministrators
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.errors import NotFound
from labelling.models import Prediction
from worker.api.chart_body import ChartSerializer
from worker.charting.export import to_dict
from worker.comparing import Comparison, Difference, compared
from worker.measured import figures_by_set

MOST = 999_999_999  # the greatest number of a version that can be asked for
NUMBER = {"type": "integer", "minimum": 0, "maximum": MOST}
A = OpenApiParameter("a", NUMBER, description="The first; the newest but one where left out.")
B = OpenApiParameter("b", NUMBER, description="The second; the newest where left out.")


class SaidSerializer(serializers.Serializer[Any]):
    """What one version said of a picture."""

    verdict = serializers.ChoiceField(choices=words(*Verdict))
    probability_ai = serializers.FloatField()


class DifferenceSerializer(serializers.Serializer[Any]):
    """A picture of which the two say different things, and by how much."""

    image = serializers.UUIDField()
    url = serializers.URLField()
    by = serializers.FloatField(help_text="between the two probabilities")
    a = SaidSerializer()
    b = SaidSerializer()


class SetSerializer(serializers.Serializer[Any]):
    """What was measured on one set of pictures; null where a version was not measured so."""

    set = serializers.CharField(help_text="gold, or the tier of the test pictures")
    a = serializers.DictField(allow_null=True)
    b = serializers.DictField(allow_null=True)


class ComparisonSerializer(serializers.Serializer[Any]):
    """Version ``a`` beside version ``b``."""

    a = serializers.IntegerField()
    b = serializers.IntegerField()
    sets = SetSerializer(many=True, help_text="measured when they were made")
    charts = ChartSerializer(many=True, help_text="whether probabilities hold; where scores lie")
    looked_at = serializers.IntegerField(help_text="of the newest pictures that both have judged")
    differences = DifferenceSerializer(many=True, help_text="the 24 greatest, as you may see them")


class Compare(ForAdministrators):
    parameters = frozenset({"a", "b"})

    @extend_schema(
        operation_id="versions_compare", parameters=[A, B], responses=ComparisonSerializer
    )
    @sparse
    def get(self, request: Request) -> Response:
        """Two versions side by side, as on the page that compares them."""
        found = compared(request.user, _number(request, "a"), _number(request, "b"))
        if found is None:
            raise NotFound("There are no two versions yet. They come with the first retraining.")
        return Response(ComparisonSerializer(_body(found, request)).data)


def _number(request: Request, name: str) -> int | None:
    return number_asked(request, name, usual=None, least=0, most=MOST)


def _body(found: Comparison, request: Request) -> dict[str, Any]:
    a, b = figures_by_set(found.one.metrics), figures_by_set(found.other.metrics)
    return {
        "a": found.one.number,
        "b": found.other.number,
        "sets": [{"set": name, "a": a.get(name), "b": b.get(name)} for name in {**a, **b}],
        "charts": [to_dict(chart) for chart in found.charts],
        "looked_at": found.looked,
        "differences": [_difference(pair, request) for pair in found.differences],
    }


def _difference(pair: Difference, request: Request) -> dict[str, Any]:
    image = pair.before.image_id
    return {
        "image": image,
        "url": request.build_absolute_uri(reverse("api-image", args=[image])),
        "by": pair.by,
        "a": _said(pair.before),
        "b": _said(pair.after),
    }


def _said(prediction: Prediction) -> dict[str, Any]:
    return {"verdict": prediction.verdict, "probability_ai": prediction.probability_ai}
