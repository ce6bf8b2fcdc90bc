"""How the service is: in the seed project's words, and for machines that start and balance it."""

from collections.abc import Callable
from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.log import log_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from aivh.metrics.view import metrics
from aivh.readiness import missing_parts
from classifier.errors import NoModel
from classifier.serving import serving_detector


@csrf_exempt
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Always 200 while the site answers; ``model_loaded`` says whether it can classify."""
    try:
        version, _ = serving_detector()
    except (NoModel, DatabaseError):
        version = None
    return JsonResponse(
        {
            "status": "healthy" if version else "degraded",
            "model_loaded": version is not None,
            "device": "cpu",
            "model_version": version.number if version else None,
        }
    )


@csrf_exempt
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 while this process answers. It touches nothing, so nothing else can make it fail."""
    return JsonResponse({"status": "live"})


@csrf_exempt
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 where this process can classify now, else 503 with the parts that are missing."""
    missing = missing_parts()
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
    told = {"status": "not ready" if missing else "ready", "missing": missing}
    response = JsonResponse(told, status=status, headers={"Cache-Control": "no-store"})
    if missing:  # said once a second: as an error in the log it would bury what caused it
        log_response("Not ready: %s", missing, response=response, request=request, level="debug")
    return response


PROBES = {"/health/live": live, "/health/ready": ready, "/metrics": metrics}


class ProbesFirst:
    """Answers those three before sessions and host names are looked at.

    Who probes a process knows it by its bare address, which is none of the site's names, and
    comes by plain HTTP (``SECURE_REDIRECT_EXEMPT``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path) if request.method in ("GET", "HEAD") else None
        return view(request) if view else self.get_response(request)
