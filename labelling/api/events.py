"""Server-sent events of one picture: each change of its state, until it is decided."""

import threading
import time
from collections.abc import Generator, Iterator
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView
from labelling.api.representation import image_body
from labelling.errors import NotFound
from labelling.models import Image
from labelling.queries import image_for

EVENT_STREAM = "text/event-stream"
LONGEST_STREAM = 60.0  # seconds; browsers then come again by themselves
KEEP_ALIVE = 10.0  # seconds in which nothing happens before a line says that all is well
LOOK = 0.25  # seconds between two looks at the database
COME_AGAIN = 2  # seconds
# What one event has, as the schema tells it.
EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["image", "gone"]},
        "id": {"type": "string", "description": "the picture's state"},
        "data": {"type": "string", "description": "the picture in JSON, as its own address has it"},
        "retry": {"type": "integer", "description": "milliseconds"},
    },
}
# A stream keeps a thread of the web server; most must stay free to answer.
STREAMS = 2

_places = threading.BoundedSemaphore(STREAMS)


class Events(ApiView):
    @extend_schema(
        operation_id="images_events",
        parameters=[OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER)],
        responses={
            (200, EVENT_STREAM): EVENT,
            204: OpenApiResponse(description="You know already that it is decided; ask no more."),
        },
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponseBase:
        """The picture now and with each change of its state, as server-sent events.

        Ends once it is decided, or after a minute; browsers then ask again by themselves.
        """
        image = image_for(request.user, image_id)
        if is_decided(image) and request.headers.get("Last-Event-ID") == image.state:
            return Response(status=status.HTTP_204_NO_CONTENT)
        if request.method == "HEAD":
            return HttpResponse(content_type=EVENT_STREAM)
        if not _places.acquire(blocking=False):
            raise Throttled(wait=COME_AGAIN, detail="Too many streams are open. Ask again soon.")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(
            Stream(image, request), content_type=EVENT_STREAM, headers=headers
        )


class Stream:
    """The parts of one stream. Closing it gives its place back, whether it was read or not."""

    def __init__(self, image: Image, request: Request) -> None:
        self._parts = _parts(image, request)
        self._open = True

    def __iter__(self) -> Iterator[str]:
        return self._parts

    def close(self) -> None:
        self._parts.close()
        if self._open:
            self._open = False
            _places.release()


def is_decided(image: Image) -> bool:
    return image.state != Image.State.WAITING


def _parts(image: Image, request: Request) -> Generator[str]:
    """The picture, then lines that keep the connection alive, then the picture decided."""
    yield f"retry: {COME_AGAIN * 1000}\n\n{_event(image, request)}"
    began = spoke = time.monotonic()
    while not is_decided(image) and time.monotonic() < began + LONGEST_STREAM:
        time.sleep(LOOK)
        try:
            image = image_for(request.user, image.pk)
        except NotFound:  # deleted meanwhile
            yield "event: gone\ndata: {}\n\n"
            return
        if is_decided(image):
            yield _event(image, request)
        elif time.monotonic() > spoke + KEEP_ALIVE:
            spoke = time.monotonic()
            yield ": still waiting\n\n"


def _event(image: Image, request: Request) -> str:
    body = JSONRenderer().render(image_body(image, request)).decode()
    return f"event: image\nid: {image.state}\ndata: {body}\n\n"
