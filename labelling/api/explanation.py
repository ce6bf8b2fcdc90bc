"""Where the score of a picture comes from, for programs."""

from dataclasses import asdict
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView
from labelling.api.files import private_file
from labelling.services.explanation import explain_image


class Explanation(ApiView):
    def get(self, request: Request, image_id: UUID) -> Response:
        """How to read the overlay, and where it is."""
        legend = asdict(explain_image(image_id=image_id, person=request.user).legend)
        overlay = request.build_absolute_uri(reverse("image-overlay", args=[image_id]))
        return Response({"model_version": legend.pop("version"), "overlay": overlay, **legend})


class Overlay(ApiView):
    def get(self, request: Request, image_id: UUID) -> HttpResponse:
        """The PNG itself. Another version draws another one, so browsers have to ask again."""
        overlay = explain_image(image_id=image_id, person=request.user).overlay
        response = private_file(overlay, "image/png")
        response.headers["Cache-Control"] = "private, no-cache"
        return response
