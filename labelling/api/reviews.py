"""Votes: giving one, listing those that one may see, taking one's own back."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import CharFilter, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import NotAllowed
from labelling.api.base import me
from labelling.api.fields import Number, StrictSerializer, Truth, Uuid, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import CreatedFilters, ListView, OneOfChoices, TrueOrFalse
from labelling.api.parsers import JSON_ONLY
from labelling.api.roles import ForReviewers
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.blindness import sees_everything
from labelling.errors import NotFound
from labelling.models import Review, Scope
from labelling.opened import visible_reviews
from labelling.permissions import Person
from labelling.services.review import LONGEST_NOTE, VOTES, record_review, retract_review
from labelling.services.second_thoughts import answer_anew

LONGEST_LOOK = 3600.0  # seconds that are believed


class ReviewSerializer(serializers.Serializer[Any]):
    """One vote that stands."""

    id = serializers.IntegerField()
    image = serializers.UUIDField()
    reviewer = serializers.CharField(help_text="a name to sign in with")
    answer = serializers.ChoiceField(choices=words(*VOTES))
    adjudicates = serializers.BooleanField(help_text="it settles whatever the votes say")
    note = serializers.CharField(
        max_length=LONGEST_NOTE,
        allow_null=True,
        allow_blank=True,
        help_text="an adjudicator's reason; null where you may not know it",
    )
    created_at = serializers.DateTimeField()


class NewReview(StrictSerializer):
    """Your answer for one picture."""

    image = Uuid()
    answer = serializers.ChoiceField(choices=words(*VOTES))
    seconds = Number(
        min_value=0,
        max_value=LONGEST_LOOK,
        allow_null=True,
        default=None,
        help_text="how long the picture was looked at",
    )
    anew = Truth(default=False, help_text="put it in the place of the answer that stands")


class ReviewFilters(CreatedFilters):
    image = UUIDFilter(label="Of one picture.")
    reviewer = CharFilter(field_name="reviewer__username", max_length=150, label="A name.")
    answer = OneOfChoices(choices=words(*VOTES), help_text="Several with commas between them.")
    adjudicates = TrueOrFalse(label="Adjudicators' words, or ordinary votes.")


class Reviews(ForReviewers, ListView):
    parser_classes = JSON_ONLY
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilters
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.REVIEW}

    def get_queryset(self) -> QuerySet[Review]:
        return visible_reviews(self.request.user).select_related("reviewer")

    def bodies(self, rows: Sequence[Review]) -> list[dict[str, Any]]:
        return [review_body(row, self.request.user) for row in rows]

    @extend_schema(operation_id="reviews_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The votes that stand, the newest first: yours, and others' where you may see them.

        That is on pictures for which you have answered; adjudicators see all votes, administrators
        also those on settled pictures.
        """
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="reviews_create", request=NewReview, responses={201: ReviewSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer for a picture, whether or not the queue gave it to you.

        409 where you have answered already, unless you say `anew`.
        """
        said = read_body(request, NewReview)
        give = answer_anew if said["anew"] else record_review
        review = give(
            image_id=said["image"],
            reviewer=me(request),
            answer=said["answer"],
            seconds=said["seconds"],
        )
        return Response(review_body(review, request.user), status=status.HTTP_201_CREATED)


class OneReview(ForReviewers):
    scopes: ClassVar = {"GET": Scope.READ, "DELETE": Scope.REVIEW}

    @extend_schema(operation_id="reviews_read", responses=ReviewSerializer)
    @sparse
    def get(self, request: Request, review_id: int) -> Response:
        """One vote that stands and that you may see."""
        return Response(review_body(_review(request.user, review_id), request.user))

    @extend_schema(operation_id="reviews_retract", responses={204: None})
    def delete(self, request: Request, review_id: int) -> Response:
        """Take your own vote back. A retraction is appended; what the votes settle follows."""
        review = _review(request.user, review_id)
        if review.reviewer_id != request.user.pk:
            raise NotAllowed("Only whoever gave an answer can take it back.")
        retract_review(image_id=review.image_id, reviewer=me(request), review_id=review.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _review(person: Person, review_id: int) -> Review:
    found = visible_reviews(person).select_related("reviewer").filter(pk=review_id).first()
    if found is None:
        raise NotFound("There is no such answer, or it is not yours to see.")
    return found


def review_body(review: Review, person: Person) -> dict[str, Any]:
    """The vote as ``person``, who may see it, is told of it."""
    told = sees_everything(person) or review.reviewer_id == person.pk
    return {
        "id": review.pk,
        "image": str(review.image_id),
        "reviewer": review.reviewer.get_username(),
        "answer": review.answer,
        "adjudicates": review.adjudicates,
        "note": review.note if told else None,
        "created_at": review.created_at,
    }
