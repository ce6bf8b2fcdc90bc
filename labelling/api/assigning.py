"""What adjudicators do with the queue: ask somebody by name, and see what waits for them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import StrictSerializer, Text, Uuid, read_body
from labelling.api.flags import FlagSerializer, flag_body
from labelling.api.lists import ListView
from labelling.api.parsers import JSON_ONLY
from labelling.api.reviews import ReviewSerializer, review_body
from labelling.api.serializers import words
from labelling.errors import NotFound
from labelling.models import QueueItem, Scope, User, Why
from labelling.permissions import check_may_assign, reviewers
from labelling.queue import adjudication_queue
from labelling.services.turns import assign_image, withdraw_assignment


class Assignment(StrictSerializer):
    """A picture, and who is asked about it before anything else."""

    image = Uuid()
    to = Text(max_length=150, help_text="a name to sign in with")


class Withdrawal(StrictSerializer):
    """A picture, and who is asked about it no sooner than others from now on."""

    image = Uuid()
    of = Text(max_length=150, help_text="a name to sign in with")


class ToSettleSerializer(serializers.Serializer[Any]):
    """A picture that people disagree on, or have flagged."""

    image = serializers.UUIDField()
    why = serializers.ChoiceField(choices=words(*Why))
    since = serializers.DateTimeField()
    votes = ReviewSerializer(many=True)
    flags = FlagSerializer(many=True)


class Assign(ApiView):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_assign", request=Assignment, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ask a reviewer about a picture before anything else; for adjudicators and
        administrators."""
        check_may_assign(request.user)
        said = read_body(request, Assignment)
        to = _named(reviewers(), said["to"])
        assign_image(image_id=said["image"], to=to, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AssigneeSerializer(serializers.Serializer[Any]):
    """Somebody who reviews."""

    username = serializers.CharField()


class Assignees(ListView):
    queryset = User.objects.none()  # for the schema, which is made for nobody
    serializer_class = AssigneeSerializer
    ordering = ("username",)

    def get_queryset(self) -> QuerySet[User]:
        check_may_assign(self.request.user)
        return reviewers()

    @extend_schema(operation_id="queue_assignees")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who can be asked about a picture, by name; for adjudicators and administrators."""
        return super().get(request, *args, **kwargs)


class Unassign(ApiView):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="queue_unassign", request=Withdrawal, responses={204: None})
    def post(self, request: Request) -> Response:
        """Take that back: the picture keeps its place, and anybody may be asked."""
        check_may_assign(request.user)
        said = read_body(request, Withdrawal)
        of = _named(User.objects.all(), said["of"])
        withdraw_assignment(image_id=said["image"], of=of, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ToSettle(ListView):
    queryset = QueueItem.objects.none()  # for the schema, which is made for nobody
    serializer_class = ToSettleSerializer
    ordering = ("since",)

    def get_queryset(self) -> QuerySet[QueueItem]:
        return adjudication_queue(self.request.user)

    def bodies(self, rows: Sequence[QueueItem]) -> list[dict[str, Any]]:
        return [self._body(item) for item in rows]

    def _body(self, item: QueueItem) -> dict[str, Any]:
        votes = getattr(item.image, "standing_votes", [])
        flags = getattr(item.image, "open_flags", [])
        return {
            "image": str(item.image_id),
            "why": item.why,
            "since": item.since,
            "votes": [review_body(vote, self.request.user) for vote in votes],
            "flags": [flag_body(flag) for flag in flags],
        }

    @extend_schema(operation_id="queue_to_settle")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What adjudicators have to settle, the longest waiting first."""
        return super().get(request, *args, **kwargs)


def _named(people: QuerySet[User], name: str) -> User:
    found = people.filter(username=name).first()
    if found is None:
        raise NotFound("Nobody of this name reviews.")
    return found
