"""The parts of a picture's page that explain its finding: the heat map and the nearest pictures."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.errors import Conflict
from labelling.nearest import nearest_settled
from labelling.pages.explaining import read_key
from labelling.queries import current_prediction
from labelling.services.explanation import explain_image, explainable_image


@api_view(["GET"])
def explanation(request: Request, image_id: UUID) -> Response:
    """What the page's script lays over the picture and puts beside it, in the API's envelope."""
    explained = explain_image(image_id=image_id, person=request.user)
    context = {
        "image": explained.image,
        "key": read_key(explained.legend),
        "prediction": current_prediction(explained.image),
    }
    return Response({"html": render_to_string("labelling/_explanation.html", context)})


@login_required
@require_GET
def nearest(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The nearest settled pictures; 204 leaves the page alone while there is no finding yet."""
    try:
        image = explainable_image(image_id=image_id, person=request.user)
    except Conflict:
        return HttpResponse(status=204)
    context = {"neighbours": nearest_settled(image, request.user)}
    return render(request, "labelling/_nearest.html", context)
