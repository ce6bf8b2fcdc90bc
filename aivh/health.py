"""The state of the service in the seed project's words."""

from django.http import HttpRequest, JsonResponse

from classifier.errors import NoModel
from classifier.serving import serving_detector


def health(request: HttpRequest) -> JsonResponse:
    """Always 200 while the site answers; ``model_loaded`` says whether it can classify."""
    try:
        version, _ = serving_detector()
    except NoModel:
        version = None
    return JsonResponse(
        {
            "status": "healthy" if version else "degraded",
            "model_loaded": version is not None,
            "device": "cpu",
            "model_version": version.number if version else None,
        }
    )
