"""Pictures: handing one in, listing one's own, asking after one."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, sent_picture, signed_in
from labelling.api.representation import image_address, image_bodies, image_body
from labelling.api.waiting import wait_asked, wait_until_decided
from labelling.models import Submission
from labelling.queries import image_for, visible_images
from labelling.services.submit import submit_image


class Pages(CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-received_at"

    def paginate_queryset(self, *args: Any, **kwargs: Any) -> list[Any] | None:
        try:
            return super().paginate_queryset(*args, **kwargs)
        except ValidationError as error:  # a place in the list that is no time
            raise NotFound(self.invalid_cursor_message) from error


class Images(ApiView):
    parser_classes = (MultiPartParser,)

    def get(self, request: Request) -> Response:
        """The pictures that you may see, the newest first."""
        pages = Pages()
        images = visible_images(request.user).select_related("label")
        found = pages.paginate_queryset(images, request, view=self)
        return pages.get_paginated_response(image_bodies(found or [], request))

    def post(self, request: Request) -> Response:
        """Take a picture in: 202 and its address, or 200 where a wait was asked and sufficed."""
        seconds = wait_asked(request)
        picture = sent_picture(request)
        submitted = submit_image(
            data=picture.read(),
            filename=picture.name or "",
            channel=_channel(request),
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
    def get(self, request: Request, image_id: UUID) -> Response:
        """One picture as it stands now, or after the wait that you ask for."""
        seconds = wait_asked(request)
        image = image_for(request.user, image_id)
        if seconds:
            wait_until_decided(image, seconds)
        return Response(image_body(image, request))


def _channel(request: Request) -> Submission.Channel:
    """A session is a person before a page; a token is a program."""
    return Submission.Channel.API if request.auth else Submission.Channel.PAGE
