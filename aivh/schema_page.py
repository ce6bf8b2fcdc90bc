"""The schema at its address, in YAML or JSON, and refused as everything else is."""

from collections.abc import Iterable

from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response


class TheFirstWhereNoneFits(DefaultContentNegotiation):
    """Answers also a browser, which hopes for a page."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        known = list(renderers)
        try:
            return super().select_renderer(request, known, format_suffix)
        except NotAcceptable:
            return known[0], known[0].media_type


class SchemaPage(SpectacularAPIView):
    content_negotiation_class = TheFirstWhereNoneFits

    def handle_exception(self, exc: Exception) -> Response:
        """Problem details are JSON, whatever the schema would have been."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response
