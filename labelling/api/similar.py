"""Pictures that look alike to the detector."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView
from labelling.api.numbers import number_asked
from labelling.api.representation import image_bodies
from labelling.api.serializers import ImageSerializer
from labelling.errors import InvalidRequest
from labelling.nearest import most_alike
from labelling.queries import image_for, visible_images
from labelling.search.find import MOST_ALIKE

SHOWN = 12


class SimilarSerializer(serializers.Serializer[Any]):
    """A picture and how much it looks like the one that was asked about."""

    cosine = serializers.FloatField(help_text="of the two embeddings; 1 is the same")
    image = ImageSerializer()


class SimilarAnswer(serializers.Serializer[Any]):
    """The most alike first."""

    results = SimilarSerializer(many=True)


class Similar(ApiView):
    @extend_schema(
        operation_id="images_similar",
        parameters=[
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST_ALIKE, "default": SHOWN},
            )
        ],
        responses=SimilarAnswer,
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Among the pictures that you may see those that look most alike to the detector.

        Empty where the network that answers now has not seen the picture, or none comes near.
        """
        image = image_for(request.user, image_id)
        others = visible_images(request.user).exclude(pk=image.pk)
        near = most_alike(image, others, _limit(request))
        shown = [neighbour.image for neighbour in near]
        results = [
            {"cosine": neighbour.cosine, "image": body}
            for neighbour, body in zip(near, image_bodies(shown, request), strict=True)
        ]
        return Response({"results": results})


def _limit(request: Request) -> int:
    if unknown := sorted(set(request.query_params) - {"limit"}):
        raise InvalidRequest(f"There is no parameter “{unknown[0][:60]}” here.")
    return number_asked(request, "limit", usual=SHOWN, most=MOST_ALIKE)
