"""Retraining policies: what makes the site retrain by itself, and what each of them decided."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import FilterSet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
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
from worker.api.policy_body import (
    NewPolicy,
    PolicyChange,
    PolicyDecisionSerializer,
    PolicySerializer,
)
from worker.models import PolicyEvaluation, RetrainingPolicy
from worker.services.policy_changes import (
    change_policy,
    delete_policy,
    make_policy,
    set_enabled,
)


class PolicyFilters(FilterSet):
    enabled = TrueOrFalse()


class DecisionFilters(FilterSet):
    decision = OneOfChoices(choices=PolicyEvaluation.Decision.choices)


class Policies(ForAdministrators, ListView):
    serializer_class = PolicySerializer
    filterset_class = PolicyFilters
    ordering = ("pk",)
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.ADMINISTER}

    def get_queryset(self) -> QuerySet[RetrainingPolicy]:
        return queries.policies()

    @extend_schema(operation_id="policies_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every policy, the oldest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="policies_create",
        request=NewPolicy,
        responses={201: OpenApiResponse(PolicySerializer, "It is asked from now on.")},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a policy. 409 where another has its name, and for the 21st."""
        made = make_policy(rules=read_body(request, NewPolicy), by=me(request))
        answer = _answer(made, request)
        answer.status_code = status.HTTP_201_CREATED
        answer.headers["Location"] = answer.data["url"]
        return answer


class OnePolicy(ForAdministrators):
    scopes: ClassVar = {
        "GET": Scope.READ,
        "PATCH": Scope.ADMINISTER,
        "DELETE": Scope.ADMINISTER,
    }

    @extend_schema(operation_id="policies_read", responses=PolicySerializer)
    @sparse
    def get(self, request: Request, policy_id: int) -> Response:
        """One policy and its rules."""
        return _answer(queries.policy_by_id(policy_id), request)

    @extend_schema(operation_id="policies_change", request=PolicyChange, responses=PolicySerializer)
    def patch(self, request: Request, policy_id: int) -> Response:
        """Change its rules; those that you leave out stay."""
        rules = read_body(request, PolicyChange, partial=True)
        return _answer(change_policy(policy_id=policy_id, rules=rules, by=me(request)), request)

    @extend_schema(operation_id="policies_delete", responses={204: None})
    def delete(self, request: Request, policy_id: int) -> Response:
        """Delete a policy and what it decided. Runs that it began stay."""
        policy = queries.policy_by_id(policy_id)
        delete_policy(policy_id=policy.pk, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Decisions(ForAdministrators, ListView):
    queryset = PolicyEvaluation.objects.none()
    serializer_class = PolicyDecisionSerializer
    filterset_class = DecisionFilters
    ordering = ("-last_at",)

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
