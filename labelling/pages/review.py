"""Reviewing: one picture at a time, blind. The page's script talks to the three addresses below.

They answer JSON, with the API's envelope for what goes wrong.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.errors import Conflict, InvalidRequest
from labelling.models import Image, Review, User
from labelling.permissions import check_may_review
from labelling.queries import current_prediction, current_predictions, image_for, recent_reviews
from labelling.queue import next_images, waiting_count
from labelling.second_votes import waiting_for_another
from labelling.services.review import record_review, undo_last_review

AHEAD = 4  # pictures that the page holds ready
HISTORY = 8


@login_required
@require_GET
@ensure_csrf_cookie
def review(request: HttpRequest) -> HttpResponse:
    """The page. Pictures come by :func:`upcoming`, so nothing of theirs is in the page itself."""
    reviewer = _reviewer(request)
    recent = recent_reviews(reviewer, HISTORY)
    predictions = current_predictions([vote.image for vote in recent])
    context = {
        "first": request.GET.get("first", ""),
        "waiting": waiting_count(reviewer),
        "results": [(vote, predictions.get(vote.image_id)) for vote in recent],
        "waiting_for_another": waiting_for_another(reviewer, recent),
    }
    return render(request, "labelling/review.html", context)


@api_view(["GET"])
def upcoming(request: Request) -> Response:
    """The next pictures but those in ``exclude`` (ids with commas); ``first`` is put in front."""
    reviewer = _reviewer(request)
    exclude = _ids(request.query_params.get("exclude", ""))
    pictures = next_images(reviewer, limit=AHEAD, exclude=exclude)
    for wanted in _ids(request.query_params.get("first", "")):
        if not Review.objects.standing().filter(image=wanted, reviewer=reviewer).exists():
            others = [picture for picture in pictures if picture.pk != wanted]
            pictures = [image_for(reviewer, wanted), *others]
    items = [_item(picture) for picture in pictures]
    return Response({"items": items, "waiting": waiting_count(reviewer)})


@api_view(["POST"])
def vote(request: Request) -> Response:
    """Write one answer down, and only then show what the detector says of the picture."""
    reviewer = _reviewer(request)
    cast = record_review(
        image_id=_image_named(request), reviewer=reviewer, answer=str(_said(request, "answer"))
    )
    context = {
        "vote": cast,
        "prediction": current_prediction(cast.image),
        "waiting_for_another": waiting_for_another(reviewer, [cast]),
    }
    html = render_to_string("labelling/_result.html", context, request=request)
    return Response({"html": html, "waiting": waiting_count(reviewer)})


@api_view(["POST"])
def undo(request: Request) -> Response:
    """Take the answer on ``image`` back, if it is the last that this person gave.

    Naming the picture makes it safe to send again: a second one would meet another picture.
    """
    reviewer = _reviewer(request)
    wanted = _image_named(request)
    last = recent_reviews(reviewer, 1)
    if not last or last[0].image_id != wanted:
        raise Conflict("That was not your last answer any more, so it was left as it is.")
    undo_last_review(reviewer=reviewer)
    return Response({"waiting": waiting_count(reviewer)})


def _reviewer(request: HttpRequest | Request) -> User:
    check_may_review(request.user)
    assert isinstance(request.user, User)
    return request.user


def _item(picture: Image) -> dict[str, Any]:
    """What the page needs to show a picture. Nothing that anyone or anything thinks of it."""
    return {
        "id": str(picture.pk),
        "view": reverse("image-rendition", args=[picture.pk, "view"]),
        "thumb": reverse("image-rendition", args=[picture.pk, "thumb"]),
    }


def _said(request: Request, field: str) -> Any:
    if not isinstance(request.data, dict):
        raise InvalidRequest("Send an object with the fields image and answer.")
    return request.data.get(field, "")


def _image_named(request: Request) -> UUID:
    ids = _ids(str(_said(request, "image")))
    if len(ids) != 1:
        raise InvalidRequest("Say for which picture this is.")
    return ids[0]


def _ids(text: str) -> list[UUID]:
    try:
        return [UUID(part) for part in text.split(",") if part]
    except ValueError as error:
        raise InvalidRequest("A picture's id is a UUID.") from error
