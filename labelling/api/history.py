"""A picture's life, why it came before somebody, and asking for two independent votes on it."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, read_body
from labelling.api.representation import finding_body, image_body
from labelling.api.roles import ForAdministrators, ForReviewers
from labelling.api.serializers import FindingSerializer, ImageSerializer
from labelling.api.sparse import sparse
from labelling.history import Event, history_of, reader_of
from labelling.models import Scope
from labelling.queries import image_for
from labelling.services.review import ask_for_gold
from labelling.why import answered_image, why_shown


class HistoryEventSerializer(serializers.Serializer[Any]):
    """One thing that happened to the picture."""

    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="a word, as in `handed-in`, `predicted`, `answered`")
    words = serializers.CharField(help_text="what happened, for people")
    by = serializers.CharField(
        allow_null=True, help_text="a name to sign in with where it may be told to you"
    )
    answer = serializers.CharField(
        allow_null=True, help_text="what a person said, or what was settled"
    )
    finding = FindingSerializer(allow_null=True, help_text="what a version said")
    note = serializers.CharField(allow_null=True, help_text="what somebody wrote, or a file's name")
    page = serializers.URLField(allow_null=True, help_text="where people read on")


class HistorySerializer(serializers.Serializer[Any]):
    """The newest first, at most 200 of each source."""

    blind = serializers.BooleanField(help_text="there may be more to see once you have answered")
    results = HistoryEventSerializer(many=True)


class History(ApiView):
    @extend_schema(operation_id="images_history", responses=HistorySerializer)
    @sparse
    def get(self, request: Request, image_id: UUID) -> Response:
        """Everything that happened to a picture and that you may know of, the newest first."""
        image, person = image_for(request.user, image_id), me(request)
        reader = reader_of(image, person, me=person.get_username())
        events = [_body(event, request) for event in history_of(image, reader)]
        return Response({"blind": reader.blind, "results": events})


class WhyShownSerializer(serializers.Serializer[Any]):
    """Why a picture came before you."""

    why = serializers.CharField(
        allow_null=True, help_text="for people; null where it never came before you"
    )


class WhyShown(ForReviewers):
    @extend_schema(operation_id="images_why", responses=WhyShownSerializer)
    def get(self, request: Request, image_id: UUID) -> Response:
        """Why a picture came before you, once you have answered for it; 404 before.

        Silent tests stay silent: they are told as any picture that was drawn by chance.
        """
        image = answered_image(image_id=image_id, reviewer=me(request))
        return Response({"why": why_shown(image, me(request)) or None})


class Gold(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="images_gold", request=Nothing, responses=ImageSerializer)
    def post(self, request: Request, image_id: UUID) -> Response:
        """Ask for two votes, unseen by each other. Where they agree, the picture measures the
        detector and never trains it. Safe to send again."""
        read_body(request, Nothing)
        return Response(image_body(ask_for_gold(image_id=image_id, by=me(request)), request))


def _body(event: Event, request: Request) -> dict[str, Any]:
    return {
        "at": event.at,
        "kind": event.kind,
        "words": event.words,
        "by": event.by or None,
        "answer": event.answer or None,
        "finding": finding_body(event.prediction) if event.prediction else None,
        "note": event.note or None,
        "page": request.build_absolute_uri(event.url) if event.url else None,
    }
