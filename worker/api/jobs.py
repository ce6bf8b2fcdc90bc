"""Long work: one's own, or everybody's for administrators; cancelling it, and taking it back."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import CreatedFilters, ListView, OneOfChoices
from labelling.api.sparse import sparse
from labelling.models import Scope
from worker import queries
from worker.api.job_body import JobSerializer, OneJobSerializer, RefusedSerializer, job_body
from worker.job_files import file_of
from worker.models import Job, JobItem
from worker.services.jobs.cancelling import cancel_job
from worker.services.jobs.undoing import undo_job

Kind = Job.Kind
SCOPES = {
    Kind.IMPORT: Scope.ADMINISTER,
    Kind.EXPORT: Scope.UPLOAD,
    Kind.PREDICT: Scope.ADMINISTER,
    Kind.REVIEW: Scope.REVIEW,
    Kind.ASSIGN: Scope.REVIEW,
    Kind.DELETE: Scope.UPLOAD,
    Kind.RESTORE: Scope.UPLOAD,
    Kind.ERASE: Scope.UPLOAD,
}


class JobFilters(CreatedFilters):
    state = OneOfChoices(choices=Job.State.choices)
    kind = OneOfChoices(choices=Kind.choices)


class Jobs(ListView):
    serializer_class = JobSerializer
    filterset_class = JobFilters

    def get_queryset(self) -> QuerySet[Job]:
        return queries.visible_jobs(self.request.user)

    @extend_schema(operation_id="jobs_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your jobs, the newest first; administrators see everybody's."""
        return super().get(request, *args, **kwargs)


class OneJob(ApiView):
    @extend_schema(operation_id="jobs_read", responses=OneJobSerializer)
    @sparse
    def get(self, request: Request, job_id: int) -> Response:
        """How far a job is, or how it ended."""
        return Response(job_body(queries.job_for(request.user, job_id), request))


class Refused(ListView):
    queryset = JobItem.objects.none()
    serializer_class = RefusedSerializer
    ordering = ("pk",)

    def get_queryset(self) -> QuerySet[JobItem]:
        return queries.refused_items(queries.job_for(self.request.user, self.kwargs["job_id"]))

    @extend_schema(operation_id="jobs_refused")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What a job left as it was: each picture or file, with the reason."""
        return super().get(request, *args, **kwargs)


class JobFile(ApiView):
    @extend_schema(
        operation_id="jobs_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, job_id: int) -> FileResponse:
        """The file that an export wrote, for seven days."""
        return file_of(queries.job_for(request.user, job_id))


class Steering(ApiView):
    """Changing the course of a job takes the scope that asking for it takes."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        job = queries.visible_jobs(request.user).filter(pk=self.kwargs["job_id"]).first()
        if job is not None:
            self.scopes = {"POST": SCOPES[Kind(job.kind)]}  # type: ignore[misc]  # as the job says


class CancelJob(Steering):
    @extend_schema(
        operation_id="jobs_cancel",
        request=Nothing,
        responses={
            200: OpenApiResponse(OneJobSerializer, "It is cancelled."),
            202: OpenApiResponse(OneJobSerializer, "It stops before its next picture."),
        },
    )
    @idempotent
    def post(self, request: Request, job_id: int) -> Response:
        """Stop a job. What it did stays done."""
        read_body(request, Nothing)
        cancel_job(job_id=job_id, by=me(request))
        stopped = queries.job_for(request.user, job_id)
        ready = status.HTTP_202_ACCEPTED if stopped.is_active else status.HTTP_200_OK
        return Response(job_body(stopped, request), status=ready)


class UndoJob(Steering):
    @extend_schema(
        operation_id="jobs_undo",
        request=Nothing,
        responses={202: OpenApiResponse(OneJobSerializer, "The job that takes it back.")},
    )
    @idempotent
    def post(self, request: Request, job_id: int) -> Response:
        """Ask for a job that reverts what this one did, where nothing has changed since."""
        read_body(request, Nothing)
        return begun(undo_job(job_id=job_id, by=me(request)), request)


def begun(job: Job, request: Request) -> Response:
    """202, the job, and where to ask after it."""
    body = job_body(queries.job_for(request.user, job.pk), request)
    address = request.build_absolute_uri(reverse("api-job", args=[job.pk]))
    return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": address})
