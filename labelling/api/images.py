"""Pictures: handing one in, listing those that one may see, asking after one, deleting it."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me, refuse_other_fields, sent_picture, signed_in
from labelling.api.idempotency import idempotent
from labelling.api.image_filters import ImageFilterForPrograms, order_of
from labelling.api.lists import ListView
from labelling.api.representation import image_address, image_bodies, image_body
from labelling.api.serializers import ImageSerializer
from labelling.api.sparse import sparse
from labelling.api.waiting import LONGEST_WAIT, wait_asked, wait_until_decided
from labelling.models import Image, Scope, Submission
from labelling.queries import image_for, visible_images
from labelling.services.deletion import bin_image
from labelling.services.submit import submit_image

WAIT = OpenApiParameter(
    "wait",
    {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT},
    description="Seconds that you are ready to wait for the finding.",
)


class Picture(serializers.Serializer[Any]):
    """A picture to hand in."""

    file = serializers.FileField(help_text="JPEG, PNG or WebP")


class Images(ListView):
    """Pictures."""

    parser_classes = (MultiPartParser,)
    serializer_class = ImageSerializer
    filterset_class = ImageFilterForPrograms
    parameters = frozenset({"wait"})  # of handing one in
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.UPLOAD}

    @property
    def ordering(self) -> Sequence[str]:  # type: ignore[override]  # as the request says
        return order_of(self.request.query_params)

    def get_queryset(self) -> QuerySet[Image]:
        return visible_images(self.request.user).select_related("label")

    def bodies(self, rows: Sequence[Image]) -> list[dict[str, Any]]:
        return image_bodies(rows, self.request)

    @extend_schema(operation_id="images_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The pictures that you may see, the newest first or in the order that you choose.

        A filter by what you may not know of a picture yet does not find it.
        """
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="images_create",
        request={"multipart/form-data": Picture},
        parameters=[WAIT],
        responses={
            200: OpenApiResponse(ImageSerializer, "You waited, and it is decided."),
            202: OpenApiResponse(ImageSerializer, "It is stored; the finding is on its way."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Take a picture in: 202 and its address, or 200 where a wait was asked and sufficed."""
        seconds = wait_asked(request)
        picture = sent_picture(request)
        refuse_other_fields(request, "file")
        submitted = submit_image(
            data=picture.read(),
            filename=picture.name or "",
            channel=channel_of(request),
            submitter=signed_in(request),
        )
        image = submitted.image
        done = seconds is not None and wait_until_decided(image, seconds)
        return Response(
            image_body(image, request),
            status=status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED,
            headers={"Location": image_address(image, request)},
        )


class OneImage(ApiView):
    parameters = frozenset({"wait"})
    scopes: ClassVar = {"GET": Scope.READ, "DELETE": Scope.UPLOAD}

    @extend_schema(operation_id="images_read", parameters=[WAIT], responses=ImageSerializer)
    @sparse
    def get(self, request: Request, image_id: UUID) -> Response:
        """One picture as it stands now, or after the wait that you ask for."""
        seconds = wait_asked(request)
        image = image_for(request.user, image_id)
        if seconds:
            wait_until_decided(image, seconds)
            image = image_for(request.user, image_id)  # it may be theirs no more
        return Response(image_body(image, request))

    @extend_schema(operation_id="images_delete", responses={204: None})
    def delete(self, request: Request, image_id: UUID) -> Response:
        """Put a picture that nobody but you handed in into the bin, for 30 days.

        Administrators may delete any.
        """
        bin_image(image_id=image_id, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def channel_of(request: Request) -> Submission.Channel:
    """A session is a person before a page; a token is a program."""
    return Submission.Channel.API if request.auth else Submission.Channel.PAGE
