"""Which pictures a job is about: named one by one, or by a search."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import StrictSerializer, Truth, Uuid, WholeNumber, read_body
from labelling.api.image_filters import ImageFilterForPrograms, order_of
from labelling.api.query import check_query
from labelling.errors import Conflict, InvalidRequest
from labelling.models import Image
from labelling.queries import visible_images
from worker.api.job_body import OneJobSerializer
from worker.api.jobs import begun
from worker.models import Job
from worker.services.jobs.choosing import MOST_IDS, named_images, wish_for

LONGEST_VALUE = 5000  # characters of one filter: 100 values of the longest


class Choice(StrictSerializer):
    """Either ``ids`` or ``search``."""

    ids = serializers.ListField(
        child=Uuid(),
        min_length=1,
        max_length=MOST_IDS,
        required=False,
        help_text="pictures, one by one",
    )
    search = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_VALUE),
        required=False,
        help_text="the filters of `GET /api/v1/images/`; an empty one finds all that you may see",
    )


class BulkChoice(Choice):
    """Either ``ids`` or ``search``; counted first, where you like."""

    preview = Truth(default=False, help_text="count only, and change nothing")
    expected = WholeNumber(
        required=False,
        min_value=0,
        help_text="do nothing where there are not as many pictures as this",
    )


class ExpectedSerializer(serializers.Serializer[Any]):
    """So many of the pictures are left alone, and why."""

    count = serializers.IntegerField()
    words = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """How many pictures there are, and how many of them would be changed."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    others = ExpectedSerializer(many=True)


ANSWERS = {
    200: OpenApiResponse(PreviewSerializer, "You asked for a preview."),
    202: OpenApiResponse(OneJobSerializer, "The job waits for a worker."),
}


def ask(request: Request, kind: Job.Kind, form: type[Choice]) -> Response:
    """Ask for a job of this kind, as the body says. Raises what ``wish_for`` raises, and Conflict
    where another number of pictures is found than was expected, or none would be changed."""
    said = read_body(request, form)
    images, missing = _chosen(request, said)
    site = request.build_absolute_uri("/")
    expected = said.get("expected")
    by = me(request)
    wish = wish_for(kind, by, images, said, site=site, missing=missing, expected=expected)
    counted = wish.preview()
    if said.get("preview"):
        return Response(PreviewSerializer(counted).data)
    if not counted.done:
        raise Conflict("There is no picture among these that it could be done to.")
    return begun(wish.start(), request)


def _chosen(request: Request, said: dict[str, Any]) -> tuple[QuerySet[Image], int]:
    if ("ids" in said) == ("search" in said):
        raise InvalidRequest("Name pictures by “ids”, or find them by “search”.")
    if "ids" in said:
        return named_images(me(request), set(said["ids"]))
    return searched(request, said["search"]), 0


def searched(request: Request, search: dict[str, str]) -> QuerySet[Image]:
    """What `GET /api/v1/images/` finds by these filters, in its order. A filter or a value that
    makes no sense is refused: passed over, it would change what nobody asked for."""
    query = QueryDict(mutable=True)
    query.update(search)
    check_query(query, set(ImageFilterForPrograms.base_filters))
    filters = ImageFilterForPrograms(query, visible_images(request.user), request=request)
    if not filters.is_valid():
        raise serializers.ValidationError(filters.errors)
    return filters.qs.order_by(*order_of(query), "pk")
