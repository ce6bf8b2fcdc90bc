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
from labelling.nearest import Neighbour, most_alike, nearest_settled
from labelling.permissions import Person
from labelling.queries import image_for, visible_images
from labelling.search.find import MOST_ALIKE
from labelling.services.explanation import explainable_image

SHOWN = 12


class SimilarSerializer(serializers.Serializer[Any]):
    """A picture and how much it looks like the one that was asked about."""

    cosine = serializers.FloatField(help_text="of the two embeddings; 1 is the same")
    image = ImageSerializer()


class SimilarAnswer(serializers.Serializer[Any]):
    """The most alike first."""

    results = SimilarSerializer(many=True)


class Similar(ApiView):
    parameters = frozenset({"limit", "settled"})

    @extend_schema(
        operation_id="images_similar",
        parameters=[
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST_ALIKE, "default": SHOWN},
            ),
            OpenApiParameter(
                "settled",
                bool,
                description="Only those that people settled; for reviewers, not blind to it.",
            ),
        ],
        responses=SimilarAnswer,
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Among the pictures that you may see those that look most alike to the detector.

        Empty where the network that answers now has not seen the picture, or none comes near.
        """
        near = _near(image_id, request.user, limit=_limit(request), settled=_settled(request))
        shown = [neighbour.image for neighbour in near]
        results = [
            {"cosine": neighbour.cosine, "image": body}
            for neighbour, body in zip(near, image_bodies(shown, request), strict=True)
        ]
        return Response({"results": results})


def _near(image_id: UUID, person: Person, *, limit: int, settled: bool) -> list[Neighbour]:
    """Raises NotFound; for settled ones also NotAllowed, and Conflict before there is a finding."""
    if settled:
        image = explainable_image(image_id=image_id, person=person)
        return nearest_settled(image, person, limit)
    image = image_for(person, image_id)
    return most_alike(image, visible_images(person).exclude(pk=image.pk), limit)


def _settled(request: Request) -> bool:
    said = request.query_params.get("settled", "false")
    if said not in ("true", "false"):
        raise InvalidRequest("settled is true or false.")
    return said == "true"


def _limit(request: Request) -> int:
    return number_asked(request, "limit", usual=SHOWN, most=MOST_ALIKE)
