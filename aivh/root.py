"""``/``: a page for browsers, the seed project's JSON for everything else."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from aivh import __version__
from labelling.pages.home import home

ENDPOINTS = {
    "predict": "POST /predict",
    "images": "POST /api/v1/images/",
    "health": "GET /health",
    "metrics": "GET /metrics",
}


@require_safe
@vary_on_headers("Accept")
def root(request: HttpRequest) -> HttpResponse:
    """HTML only for a client that asks for it by name; ``*/*`` gets JSON, as it always did."""
    if "text/html" in request.headers.get("Accept", ""):
        return home(request)
    return JsonResponse(
        {"name": "aivh", "version": __version__, "status": "running", "endpoints": ENDPOINTS}
    )
