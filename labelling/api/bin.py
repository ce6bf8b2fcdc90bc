"""What was deleted in the last 30 days: listing it, taking it out, letting it go for good."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, read_body
from labelling.api.lists import ListView
from labelling.api.representation import image_body
from labelling.api.roles import ForAdministrators
from labelling.api.serializers import ImageSerializer
from labelling.models import Image, Scope
from labelling.queries import binned_images
from labelling.services.deletion import BIN_DAYS, erase_binned, restore_image


class BinnedSerializer(serializers.Serializer[Any]):
    """A picture in the bin."""

    id = serializers.UUIDField()
    sha256 = serializers.CharField()
    thumb = serializers.URLField(help_text="a small copy")
    deleted_at = serializers.DateTimeField()
    deleted_by = serializers.CharField(allow_null=True, help_text="a name to sign in with")
    goes_at = serializers.DateTimeField(help_text="when it goes for good")


class Bin(ListView):
    serializer_class = BinnedSerializer
    ordering = ("-deleted_at",)

    def get_queryset(self) -> QuerySet[Image]:
        return binned_images(self.request.user).select_related("deleted_by")

    def bodies(self, rows: Sequence[Image]) -> list[dict[str, Any]]:
        return [self._body(image) for image in rows]

    def _body(self, image: Image) -> dict[str, Any]:
        assert image.deleted_at is not None
        thumb = reverse("image-rendition", args=[image.pk, "thumb"])
        return {
            "id": str(image.pk),
            "sha256": image.sha256,
            "thumb": self.request.build_absolute_uri(thumb),
            "deleted_at": image.deleted_at,
            "deleted_by": image.deleted_by.get_username() if image.deleted_by else None,
            "goes_at": image.deleted_at + timedelta(days=BIN_DAYS),
        }

    @extend_schema(operation_id="bin_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What you put into the bin, the newest first; for administrators all that lies in it."""
        return super().get(request, *args, **kwargs)


class OneBinned(ForAdministrators):
    scopes: ClassVar = {"DELETE": Scope.ADMINISTER}

    @extend_schema(operation_id="bin_erase", responses={204: None})
    def delete(self, request: Request, image_id: UUID) -> Response:
        """Let a picture in the bin go for good, before its days are over; for administrators."""
        erase_binned(image_id=image_id, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Restored(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(operation_id="images_restore", request=None, responses=ImageSerializer)
    def post(self, request: Request, image_id: UUID) -> Response:
        """Take a picture out of the bin, with everything that was said of it.

        For whoever put it there, and administrators.
        """
        read_body(request, Nothing)
        image = restore_image(image_id=image_id, by=me(request))
        return Response(image_body(image, request))
