"""What the script of the reviewing page asks and tells: JSON, with the API's envelope.

Everything here can be sent again by a page that did not hear the answer.
"""

from math import isfinite
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.errors import InvalidRequest
from labelling.models import Image, User
from labelling.pages.counts import again_words, waiting_words
from labelling.pages.told import told
from labelling.permissions import check_may_review
from labelling.queries import current_prediction
from labelling.second_votes import waiting_for_another
from labelling.services.preferences import set_auto_advance
from labelling.services.review import record_review
from labelling.services.second_thoughts import answer_anew, take_back
from labelling.services.turns import (
    flag_image,
    release_turns,
    renew_turns,
    skip_turn,
    take_turns,
)
from labelling.why import answered_image

MOST_HELD = 12  # pictures that one page may hold for a person
LONGEST_LOOK = 3600.0  # seconds that are believed


@api_view(["POST"])
def upcoming(request: Request) -> Response:
    """What this person holds and new turns up to ``limit``; ``first`` is put in front."""
    reviewer = _reviewer(request)
    limit = _said(request, "limit", 1)
    if not isinstance(limit, int) or limit < 1:
        raise InvalidRequest("Ask for one picture or more.")
    showings = take_turns(
        reviewer=reviewer,
        limit=min(limit, MOST_HELD),
        first=_uuid(_said(request, "first", "")),
        again=_said(request, "again", False) is True,
    )
    items = [item(showing.image) for showing in showings]
    # What could be looked at again is offered, and so counted, where nothing else waits.
    again = "" if items else again_words(reviewer)
    return Response({"items": items, "waiting": waiting_words(reviewer), "again": again})


@api_view(["POST"])
def renew(request: Request) -> Response:
    """Keep ``images`` for this person a while longer; tells which are still theirs."""
    held = renew_turns(reviewer=_reviewer(request), image_ids=_images(request))
    return Response({"held": [str(image_id) for image_id in held]})


@api_view(["POST"])
def release(request: Request) -> Response:
    """Give ``images`` back: the page is being left."""
    release_turns(reviewer=_reviewer(request), image_ids=_images(request))
    return Response({})


@api_view(["POST"])
def vote(request: Request) -> Response:
    """Write one answer down, and only then show what the detector says of the picture.

    ``anew`` takes back the answer that this person gave before.
    """
    reviewer, image_id = _reviewer(request), _image(request)
    answer, seconds = str(_said(request, "answer", "")), _seconds(request)
    give = answer_anew if _said(request, "anew", False) is True else record_review
    cast = give(image_id=image_id, reviewer=reviewer, answer=answer, seconds=seconds)
    context = {
        "vote": cast,
        "prediction": current_prediction(cast.image),
        "waiting_for_another": waiting_for_another(reviewer, [cast]),
    }
    html = render_to_string("labelling/_result.html", context, request=request)
    return Response({"html": html, "waiting": waiting_words(reviewer)})


@api_view(["POST"])
def skip(request: Request) -> Response:
    """Leave the picture to others."""
    reviewer = _reviewer(request)
    skip_turn(reviewer=reviewer, image_id=_image(request))
    return Response({"waiting": waiting_words(reviewer)})


@api_view(["POST"])
def flag(request: Request) -> Response:
    """Bring the picture before an adjudicator, with a ``note``."""
    reviewer = _reviewer(request)
    flag_image(reviewer=reviewer, image_id=_image(request), note=str(_said(request, "note", "")))
    return Response({"waiting": waiting_words(reviewer)})


@api_view(["POST"])
def undo(request: Request) -> Response:
    """Take back what this person last did with the picture, and put it before them again."""
    reviewer = _reviewer(request)
    take_back(image_id=_image(request), reviewer=reviewer)
    return Response({"waiting": waiting_words(reviewer)})


@api_view(["GET"])
def told_of(request: Request, image_id: UUID) -> Response:
    """All that is known of a picture that this person has answered for."""
    reviewer = _reviewer(request)
    context = told(answered_image(image_id=image_id, reviewer=reviewer), reviewer)
    return Response({"html": render_to_string("labelling/_told.html", context, request=request)})


@api_view(["POST"])
def pace(request: Request) -> Response:
    """Whether the next picture comes by itself."""
    reviewer, on = _reviewer(request), _said(request, "auto_advance", None)
    if not isinstance(on, bool):
        raise InvalidRequest("Say true or false.")
    set_auto_advance(person=reviewer, on=on)
    return Response({})


def item(picture: Image) -> dict[str, Any]:
    """What a page needs to show a picture. Nothing that anyone or anything thinks of it."""
    sizes = ("thumb", "view", "full")
    addresses = {size: reverse("image-rendition", args=[picture.pk, size]) for size in sizes}
    return {
        "id": str(picture.pk),
        "width": picture.width,
        "height": picture.height,
        **addresses,
    }


def _reviewer(request: Request) -> User:
    check_may_review(request.user)
    assert isinstance(request.user, User)
    return request.user


def _said(request: Request, field: str, default: Any) -> Any:
    if not isinstance(request.data, dict):
        raise InvalidRequest("Send an object with the fields image and answer.")
    return request.data.get(field, default)


def _seconds(request: Request) -> float | None:
    """How long the page says that the picture was looked at, in believable bounds."""
    said = _said(request, "seconds", None)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return min(max(float(said), 0.0), LONGEST_LOOK) if isfinite(said) else None


def _image(request: Request) -> UUID:
    wanted = _uuid(_said(request, "image", ""))
    if wanted is None:
        raise InvalidRequest("Say for which picture this is.")
    return wanted


def _images(request: Request) -> list[UUID]:
    said = _said(request, "images", [])
    if not isinstance(said, list) or len(said) > MOST_HELD:
        raise InvalidRequest(f"Name at most {MOST_HELD} pictures in a list.")
    return [wanted for wanted in map(_uuid, said) if wanted is not None]


def _uuid(said: Any) -> UUID | None:
    try:
        return UUID(said) if said else None
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidRequest("A picture's id is a UUID.") from error
