"""The review queue: what comes next, keeping it, giving it back, leaving it to others."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import StrictSerializer, Truth, Uuid, WholeNumber, read_body
from labelling.api.parsers import JSON_ONLY
from labelling.api.representation import image_address
from labelling.api.roles import ForReviewers
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.models import Scope, Showing, Why
from labelling.queue import again_count, waiting_count
from labelling.renditions import SIZES
from labelling.services.second_thoughts import take_back
from labelling.services.showings import held_showings
from labelling.services.turns import release_turns, renew_turns, skip_turn, take_turns

MOST_HELD = 12  # pictures that one program may hold for a person
# Why a picture is asked about is an opinion of it, and would sway; these speak of the person alone.
TOLD = (Why.ASSIGNED, Why.CHOSEN, Why.AGAIN)


class TurnSerializer(serializers.Serializer[Any]):
    """A picture that is yours to answer for. Nothing that anyone or anything thinks of it."""

    image = serializers.UUIDField()
    url = serializers.URLField()
    renditions = serializers.DictField(
        child=serializers.URLField(), help_text="copies without metadata, by size"
    )
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    why = serializers.ChoiceField(
        choices=words(*TOLD),
        allow_null=True,
        help_text="null for every reason that says something of the picture",
    )
    shown_at = serializers.DateTimeField()
    leased_until = serializers.DateTimeField(help_text="renew it before, or others get it")


class TurnsSerializer(serializers.Serializer[Any]):
    """What is before you, and how much waits; counted up to 1,000."""

    held = TurnSerializer(many=True)
    waiting = serializers.IntegerField(help_text="for you, those held among them")
    again = serializers.IntegerField(help_text="open ones that you skipped or were unsure about")


class Ask(StrictSerializer):
    """How many pictures you want before you."""

    limit = WholeNumber(min_value=1, max_value=MOST_HELD, default=1)
    first = Uuid(allow_null=True, default=None, help_text="a picture to put in front")
    again = Truth(
        default=False, help_text="where nothing else waits, what you skipped or were unsure about"
    )


class Named(StrictSerializer):
    """Pictures that are before you."""

    images = serializers.ListField(child=Uuid(), min_length=1, max_length=MOST_HELD)


class OneNamed(StrictSerializer):
    """One picture."""

    image = Uuid()


class HeldSerializer(serializers.Serializer[Any]):
    """Those among the named pictures that are still yours."""

    held = serializers.ListField(child=serializers.UUIDField())


class Queue(ForReviewers):
    @extend_schema(operation_id="queue_read", responses=TurnsSerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """What you hold and how much waits for you; takes no turn and renews nothing."""
        return Response(_turns(held_showings(me(request)), request))


class NextTurns(ForReviewers):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_next", request=Ask, responses=TurnsSerializer)
    def post(self, request: Request) -> Response:
        """What you hold, renewed, and new turns up to `limit`. Safe to send again.

        Nobody else is asked about a picture while you hold it.
        """
        asked = read_body(request, Ask)
        return Response(_turns(take_turns(reviewer=me(request), **asked), request))


class Renew(ForReviewers):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_renew", request=Named, responses=HeldSerializer)
    def post(self, request: Request) -> Response:
        """Keep pictures for another while; tells which of them are still yours."""
        held = renew_turns(reviewer=me(request), image_ids=read_body(request, Named)["images"])
        return Response({"held": [str(image_id) for image_id in held]})


class Release(ForReviewers):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_release", request=Named, responses={204: None})
    def post(self, request: Request) -> Response:
        """Give pictures back without an answer: they go to whoever comes next."""
        release_turns(reviewer=me(request), image_ids=read_body(request, Named)["images"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class Skip(ForReviewers):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_skip", request=OneNamed, responses={204: None})
    def post(self, request: Request) -> Response:
        """Leave a picture that was before you to others; you are not asked about it again."""
        skip_turn(reviewer=me(request), image_id=read_body(request, OneNamed)["image"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class Undo(ForReviewers):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_undo", request=OneNamed, responses=TurnsSerializer)
    def post(self, request: Request) -> Response:
        """Take back your answer, skip or flag of a picture, and have it before you again.

        Safe to send again.
        """
        take_back(reviewer=me(request), image_id=read_body(request, OneNamed)["image"])
        return Response(_turns(held_showings(me(request)), request))


def _turns(showings: Iterable[Showing], request: Request) -> dict[str, Any]:
    return {
        "held": [_turn(showing, request) for showing in showings],
        "waiting": waiting_count(me(request)),
        "again": again_count(me(request)),
    }


def _turn(showing: Showing, request: Request) -> dict[str, Any]:
    image = showing.image
    return {
        "image": str(image.pk),
        "url": image_address(image, request),
        "renditions": {size: _rendition(image.pk, size, request) for size in SIZES},
        "width": image.width,
        "height": image.height,
        "why": showing.why if showing.why in TOLD else None,
        "shown_at": showing.shown_at,
        "leased_until": showing.leased_until,
    }


def _rendition(image_id: UUID, size: str, request: Request) -> str:
    return request.build_absolute_uri(reverse("image-rendition", args=[image_id, size]))
