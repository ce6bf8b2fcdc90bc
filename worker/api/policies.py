"""Retraining policies: what makes the site retrain by itself, and what each of them decided."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import Nothing, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView, OneOfChoices, TrueOrFalse
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.models import Scope
from worker import queries
from worker.models import PolicyEvaluation, RetrainingPolicy
from worker.services.pausing import set_enabled


class PolicySerializer(serializers.ModelSerializer[RetrainingPolicy]):
    """What makes the site retrain by itself, and what holds it back. A rule that is null is off."""

    url = serializers.HyperlinkedIdentityField(view_name="api-policy", lookup_url_kwarg="policy_id")

    class Meta:
        model = RetrainingPolicy
        fields: Sequence[str] = (
            "id",
            "url",
            "name",
            "enabled",
            "kind",
            "min_new_labels",
            "min_per_class",
            "schedule",
            "on_drift",
            "accuracy_floor",
            "accuracy_min_labels",
            "cool_down_minutes",
            "monthly_minutes",
            "drift_alerted_at",
        )
        read_only_fields = fields


class PolicyDecisionSerializer(serializers.ModelSerializer[PolicyEvaluation]):
    """What a policy decided. The same answer again only counts up and moves ``last_at``."""

    training_run = serializers.IntegerField(source="run_id", allow_null=True)
    figures = serializers.DictField(help_text="what it knew, the last time")

    class Meta:
        model = PolicyEvaluation
        fields: Sequence[str] = (
            "id",
            "at",
            "last_at",
            "count",
            "decision",
            "trigger",
            "reason",
            "sentence",
            "figures",
            "training_run",
        )
        read_only_fields = fields


class PolicyFilters(FilterSet):
    enabled = TrueOrFalse()


class DecisionFilters(FilterSet):
    decision = OneOfChoices(choices=PolicyEvaluation.Decision.choices)


class Policies(ForAdministrators, ListView):
    serializer_class = PolicySerializer
    filterset_class = PolicyFilters
    ordering = ("pk",)

    def get_queryset(self) -> QuerySet[RetrainingPolicy]:
        return queries.policies()

    @extend_schema(operation_id="policies_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every policy, the oldest first."""
        return super().get(request, *args, **kwargs)


class OnePolicy(ForAdministrators):
    @extend_schema(operation_id="policies_read", responses=PolicySerializer)
    @sparse
    def get(self, request: Request, policy_id: int) -> Response:
        """One policy and its rules."""
        return _answer(queries.policy_by_id(policy_id), request)


class Decisions(ForAdministrators, ListView):
    queryset = PolicyEvaluation.objects.none()
    serializer_class = PolicyDecisionSerializer
    filterset_class = DecisionFilters
    ordering = ("-last_at", "-pk")

    def get_queryset(self) -> QuerySet[PolicyEvaluation]:
        policy = queries.policy_by_id(self.kwargs["policy_id"])
        return queries.decisions().filter(policy=policy)

    @extend_schema(operation_id="policies_decisions")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What a policy decided and why, the newest first."""
        return super().get(request, *args, **kwargs)


class Pause(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="policies_pause", request=Nothing, responses=PolicySerializer)
    @idempotent
    def post(self, request: Request, policy_id: int) -> Response:
        """Let a policy begin no retraining until it is resumed. 409 where it is paused already."""
        read_body(request, Nothing)
        return _answer(set_enabled(policy_id=policy_id, enabled=False, by=me(request)), request)


class Resume(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="policies_resume", request=Nothing, responses=PolicySerializer)
    @idempotent
    def post(self, request: Request, policy_id: int) -> Response:
        """Let a policy be asked again. 409 where it is not paused."""
        read_body(request, Nothing)
        return _answer(set_enabled(policy_id=policy_id, enabled=True, by=me(request)), request)


def _answer(policy: RetrainingPolicy, request: Request) -> Response:
    return Response(PolicySerializer(policy, context={"request": request}).data)
