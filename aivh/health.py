"""The state of the service in the seed project's words."""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

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
