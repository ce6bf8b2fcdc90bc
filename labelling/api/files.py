"""The files of a picture, for those who may see it."""

from pathlib import PurePosixPath
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from classifier.errors import NotAllowed
from labelling.api.base import ApiView
from labelling.blindness import sight_of
from labelling.errors import NotFound
from labelling.models import Image
from labelling.originals import read_original
from labelling.permissions import Person
from labelling.queries import binned_images, image_for
from labelling.renditions import SIZES, content_type, rendition

A_DAY = 24 * 3600
FORMATS = ("image/jpeg", "image/png", "image/webp")


class Original(ApiView):
    @extend_schema(
        operation_id="images_original",
        responses={(200, kind): OpenApiTypes.BINARY for kind in FORMATS},
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponse:
        """The bytes as they came, to be saved and never shown by the browser itself.

        Their metadata may say who made the picture, so whoever still decides blind gets none.
        """
        image = image_for(request.user, image_id)
        if not sight_of(request.user, image).finding:
            raise NotAllowed(
                "You have not answered for this picture yet. Its file may say what it is, so you "
                "can download it after your answer."
            )
        response = private_file(read_original(image), image.content_type)
        name = f"{image.sha256[:12]}{PurePosixPath(image.original).suffix}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class Rendition(ApiView):
    @extend_schema(
        operation_id="images_rendition",
        parameters=[OpenApiParameter("size", str, OpenApiParameter.PATH, enum=SIZES)],
        responses={(200, kind): OpenApiTypes.BINARY for kind in ("image/webp", "image/jpeg")},
    )
    def get(self, request: Request, image_id: UUID, size: str) -> HttpResponse:
        """A copy without metadata, small or at its true pixels."""
        image = _shown(request.user, image_id, size)
        for known in SIZES:
            if size == known:
                return private_file(rendition(image, known), content_type(image, known))
        raise NotFound(f"There is no such size; ask for {', '.join(SIZES[:-1])} or {SIZES[-1]}.")


def _shown(person: Person, image_id: UUID, size: str) -> Image:
    """What this person may see; small, also what lies in their bin. Raises NotFound."""
    try:
        return image_for(person, image_id)
    except NotFound:
        binned = binned_images(person).filter(pk=image_id).first() if size == "thumb" else None
        if binned is None:
            raise
        return binned


def private_file(data: bytes, content_type: str) -> HttpResponse:
    """A file that only this person's own browser may keep. The content never changes."""
    response = HttpResponse(data, content_type=content_type)
    response.headers["Cache-Control"] = f"private, max-age={A_DAY}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
