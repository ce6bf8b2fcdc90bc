"""Labels: what people settled, and settling it as an adjudicator."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import NotAllowed
from classifier.vocabulary import Label as Value
from labelling.agreement import Decision
from labelling.api.base import me
from labelling.api.fields import StrictSerializer, Text, Uuid, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView, Moment, OneOfChoices, TrueOrFalse
from labelling.api.parsers import JSON_ONLY
from labelling.api.reviews import ReviewSerializer, review_body
from labelling.api.serializers import SettledSerializer, words
from labelling.models import Label, Scope
from labelling.opened import visible_labels
from labelling.permissions import check_may_adjudicate, may_administer, may_see_all
from labelling.services.review import LONGEST_NOTE, adjudicate

DECISIONS = words(*Decision)


class SettledLabelSerializer(SettledSerializer):
    """What people settled of one picture."""

    image = serializers.UUIDField()


class Settling(StrictSerializer):
    """What a picture is, whatever the votes say."""

    image = Uuid()
    value = serializers.ChoiceField(choices=DECISIONS)
    note = Text(max_length=LONGEST_NOTE, allow_blank=True, default="", help_text="your reason")


class LabelFilters(FilterSet):
    image = UUIDFilter(label="Of one picture.")
    value = OneOfChoices(choices=words(*Value), help_text="Several with commas between them.")
    since = Moment(
        field_name="settled_at", lookup_expr="gte", label="Settled then or later, ISO 8601."
    )
    until = Moment(field_name="settled_at", lookup_expr="lt", label="Settled before, ISO 8601.")
    gold = TrueOrFalse(method="by_gold", label="Whether it measures; for administrators.")

    def by_gold(self, found: QuerySet[Label], name: str, value: bool) -> QuerySet[Label]:
        if not may_administer(self.request.user):
            raise NotAllowed("Which labels measure the detector is for administrators to know.")
        return found.filter(gold=value)


class Labels(ListView):
    parser_classes = JSON_ONLY
    serializer_class = SettledLabelSerializer
    filterset_class = LabelFilters
    ordering = ("settled_at",)
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.REVIEW}

    def get_queryset(self) -> QuerySet[Label]:
        return visible_labels(self.request.user)

    def bodies(self, rows: Sequence[Label]) -> list[dict[str, Any]]:
        works = may_see_all(self.request.user)
        return [_body(row, gold_told=works) for row in rows]

    @extend_schema(operation_id="labels_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What people settled, as far as you may know it, the longest settled first.

        A pipeline goes on with `since`, the `settled_at` of the last one that it has.
        """
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="labels_adjudicate", request=Settling, responses={201: ReviewSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Settle a picture whatever the votes say, and resolve its flags; for adjudicators.

        The answer is your word, a review: delete that to take it back.
        """
        check_may_adjudicate(request.user)
        said = read_body(request, Settling)
        review = adjudicate(
            image_id=said["image"],
            adjudicator=me(request),
            answer=said["value"],
            note=said["note"],
        )
        return Response(review_body(review, request.user), status=status.HTTP_201_CREATED)


def _body(label: Label, *, gold_told: bool) -> dict[str, Any]:
    gold = label.gold if gold_told else None
    return {
        "image": str(label.image_id),
        "value": label.value,
        "gold": gold,
        "settled_at": label.settled_at,
    }
