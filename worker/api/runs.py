"""Retrainings: what was asked for and what came of it, asking for one, cancelling one."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django_filters import ChoiceFilter
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import Nothing, StrictSerializer, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import CreatedFilters, ListView, OneOfChoices
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.models import Scope
from worker import queries
from worker.api.run_body import OneRunSerializer, RunLogSerializer, RunSerializer
from worker.models import Kind, TrainingRun, Trigger
from worker.run_log import run_log
from worker.services.cancelling import cancel_run
from worker.services.retraining import request_retraining


class RunFilters(CreatedFilters):
    state = OneOfChoices(choices=TrainingRun.State.choices)
    kind = ChoiceFilter(choices=Kind.choices)
    trigger = OneOfChoices(choices=Trigger.choices)


class Retraining(StrictSerializer):
    """What shall learn: the head (seconds), or the network (minutes to hours)."""

    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.REFIT)


class Runs(ForAdministrators, ListView):
    serializer_class = RunSerializer
    filterset_class = RunFilters
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.ADMINISTER}

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return queries.runs().select_related("parent", "cancelled_by")

    @extend_schema(operation_id="training_runs_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every retraining, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="training_runs_create",
        request=Retraining,
        responses={
            200: OpenApiResponse(OneRunSerializer, "Skipped; `outcome` says why."),
            202: OpenApiResponse(OneRunSerializer, "It waits for a worker."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a retraining. One runs at a time, and there must be enough to learn from."""
        said = read_body(request, Retraining)
        run = request_retraining(by=me(request), kind=said["kind"])
        answer = run_answer(run, request)
        address = reverse("api-training-run", args=[run.pk])
        answer.headers["Location"] = request.build_absolute_uri(address)
        return answer


class OneRun(ForAdministrators):
    @extend_schema(operation_id="training_runs_read", responses=OneRunSerializer)
    @sparse
    def get(self, request: Request, run_id: int) -> Response:
        """One retraining: how far it is or how it ended, and the gate's table."""
        return Response(
            OneRunSerializer(queries.run_by_id(run_id), context={"request": request}).data
        )


class OneRunLog(ForAdministrators):
    @extend_schema(operation_id="training_runs_log", responses=RunLogSerializer)
    @sparse
    def get(self, request: Request, run_id: int) -> Response:
        """What happened to a retraining, in its order, and the figures of its epochs."""
        return Response(RunLogSerializer(run_log(queries.run_by_id(run_id))).data)


class CancelRun(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(
        operation_id="training_runs_cancel",
        request=Nothing,
        responses={
            200: OpenApiResponse(OneRunSerializer, "It is cancelled."),
            202: OpenApiResponse(OneRunSerializer, "It stops at its next step."),
        },
    )
    @idempotent
    def post(self, request: Request, run_id: int) -> Response:
        """Cancel a retraining. From now on nothing of it can go live."""
        read_body(request, Nothing)
        return run_answer(cancel_run(run_id=run_id, by=me(request)), request)


def run_answer(run: TrainingRun, request: Request) -> Response:
    """The run as it stands now: 202 while something is still to happen."""
    body = OneRunSerializer(queries.run_by_id(run.pk), context={"request": request}).data
    ready = status.HTTP_202_ACCEPTED if run.is_active else status.HTTP_200_OK
    return Response(body, status=ready)
