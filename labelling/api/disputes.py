"""Disputes: saying that a verdict is wrong, and answering whoever says so."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django_filters import FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.vocabulary import Verdict
from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, StrictSerializer, Text, Uuid, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView, Moment, OneOfChoices
from labelling.api.parsers import JSON_ONLY
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.disputes import dispute_for, visible_disputes
from labelling.models import Dispute, Scope
from labelling.permissions import check_may_adjudicate, may_administer
from labelling.search.filters import VERSIONS
from labelling.search.numbers import WholeNumberFilter
from labelling.services.disputes import (
    DECISIONS,
    LEAST_REASON,
    LONGEST_TEXT,
    answer_dispute,
    open_dispute,
    withdraw_dispute,
)


class DisputeSerializer(serializers.Serializer[Any]):
    """A verdict that somebody says is wrong, as it stood then, and what came of it."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    image = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Dispute.State.choices)
    by = serializers.CharField(
        allow_null=True, help_text="a name to sign in with: yours, or for administrators"
    )
    reason = serializers.CharField()
    verdict = serializers.ChoiceField(choices=words(*Verdict))
    probability_ai = serializers.FloatField(min_value=0, max_value=1)
    model_version = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class NewDispute(StrictSerializer):
    """What is wrong with the verdict, and why."""

    image = Uuid()
    reason = Text(min_length=LEAST_REASON, max_length=LONGEST_TEXT)


class AnswerOfDispute(StrictSerializer):
    """What the picture is (`none`: it cannot be told), and the words for whoever asked."""

    decision = serializers.ChoiceField(choices=words(*DECISIONS))
    answer = Text(max_length=LONGEST_TEXT)


class DisputeFilters(FilterSet):
    image = UUIDFilter(label="Of one picture.")
    state = OneOfChoices(
        choices=Dispute.State.choices, help_text="Several with commas between them."
    )
    version = WholeNumberFilter(
        field_name="version__number",
        min_value=1,
        max_value=VERSIONS,
        label="Whose verdict it is.",
    )
    opened_after = Moment(field_name="opened_at", lookup_expr="gt")
    opened_before = Moment(field_name="opened_at", lookup_expr="lt")


class Disputes(ListView):
    parser_classes = JSON_ONLY
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilters
    ordering = ("-opened_at",)
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.UPLOAD}

    def get_queryset(self) -> QuerySet[Dispute]:
        return visible_disputes(self.request.user).select_related("by").prefetch_related("version")

    def bodies(self, rows: Sequence[Dispute]) -> list[dict[str, Any]]:
        names = may_administer(self.request.user)
        return [_body(row, self.request, names=names) for row in rows]

    @extend_schema(operation_id="disputes_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your disputes, the newest first; for adjudicators and administrators everybody's."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="disputes_create", request=NewDispute, responses={201: DisputeSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Say that what was found of a picture of yours is wrong; two people look at it."""
        said = read_body(request, NewDispute)
        dispute = open_dispute(image_id=said["image"], by=me(request), reason=said["reason"])
        told = dispute_body(dispute.pk, request)
        return Response(told, status=status.HTTP_201_CREATED, headers={"Location": told["url"]})


class OneDispute(ApiView):
    @extend_schema(operation_id="disputes_read", responses=DisputeSerializer)
    @sparse
    def get(self, request: Request, dispute_id: int) -> Response:
        """One dispute, for whoever opened it, adjudicators and administrators."""
        return Response(dispute_body(dispute_id, request))


class WithdrawDispute(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(operation_id="disputes_withdraw", request=Nothing, responses=DisputeSerializer)
    def post(self, request: Request, dispute_id: int) -> Response:
        """Take your own dispute back while it is open."""
        read_body(request, Nothing)
        withdraw_dispute(dispute_id=dispute_id, by=me(request))
        return Response(dispute_body(dispute_id, request))


class AnswerDispute(ApiView):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(
        operation_id="disputes_answer", request=AnswerOfDispute, responses=DisputeSerializer
    )
    @idempotent
    def post(self, request: Request, dispute_id: int) -> Response:
        """Answer, and settle the picture; for adjudicators who do not dispute it themselves."""
        check_may_adjudicate(request.user)
        said = read_body(request, AnswerOfDispute)
        answer_dispute(dispute_id=dispute_id, by=me(request), **said)
        return Response(dispute_body(dispute_id, request))


def dispute_body(dispute_id: int, request: Request) -> dict[str, Any]:
    dispute = dispute_for(request.user, dispute_id)
    return _body(dispute, request, names=may_administer(request.user))


def _body(dispute: Dispute, request: Request, *, names: bool) -> dict[str, Any]:
    """Who disputes is told to themselves, and to administrators, who know everybody anyway."""
    own = dispute.by_id == request.user.pk
    return {
        "id": dispute.pk,
        "url": request.build_absolute_uri(reverse("api-dispute", args=[dispute.pk])),
        "image": str(dispute.image_id),
        "state": dispute.state,
        "by": dispute.by.get_username() if dispute.by and (names or own) else None,
        "reason": dispute.reason,
        "verdict": dispute.verdict,
        "probability_ai": dispute.probability_ai,
        "model_version": dispute.version.number,
        "opened_at": dispute.opened_at,
        "answer": dispute.answer or None,
        "answered_at": dispute.answered_at,
    }
