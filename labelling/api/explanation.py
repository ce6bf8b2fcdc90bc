"""Where the score of a picture comes from, for programs."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView
from labelling.api.files import private_file
from labelling.api.sparse import sparse
from labelling.services.explanation import explain_image


class PlaceSerializer(serializers.Serializer[Any]):
    """The place that speaks most for one side, in shares of width and height from upper left."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    log_odds = serializers.FloatField()


class ExplanationSerializer(serializers.Serializer[Any]):
    """How to read the overlay."""

    model_version = serializers.IntegerField()
    overlay = serializers.URLField()
    score = serializers.FloatField(help_text="the mean, in calibrated log-odds of AI")
    full = serializers.FloatField(help_text="log-odds from which the colour gets no stronger")
    looked_at = serializers.FloatField(help_text="share of the picture")
    crops = serializers.IntegerField()
    crop = serializers.IntegerField(help_text="pixels on each side")
    ai = PlaceSerializer(allow_null=True)
    human = PlaceSerializer(allow_null=True)


class Explanation(ApiView):
    @extend_schema(operation_id="images_explanation", responses=ExplanationSerializer)
    @sparse
    def get(self, request: Request, image_id: UUID) -> Response:
        """How to read the overlay, and where it is."""
        legend = asdict(explain_image(image_id=image_id, person=request.user).legend)
        overlay = request.build_absolute_uri(reverse("image-overlay", args=[image_id]))
        return Response({"model_version": legend.pop("version"), "overlay": overlay, **legend})


class Overlay(ApiView):
    @extend_schema(
        operation_id="images_overlay", responses={(200, "image/png"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponse:
        """The PNG itself. Another version draws another one, so browsers have to ask again."""
        overlay = explain_image(image_id=image_id, person=request.user).overlay
        response = private_file(overlay, "image/png")
        response.headers["Cache-Control"] = "private, no-cache"
        return response
