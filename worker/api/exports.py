"""Exports: what one may see of many pictures, as one file."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView
from labelling.api.serializers import words
from labelling.models import Scope
from worker import queries
from worker.api.choice import Choice, ask
from worker.api.job_body import JobSerializer, OneJobSerializer
from worker.api.jobs import JobFilters
from worker.models import Job
from worker.services.jobs.exporting import FORMATS


class Export(Choice):
    """What shall be in the file; without ``ids`` and ``search`` all that you may see."""

    format = serializers.ChoiceField(choices=words(*FORMATS))

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        return said if "ids" in said or "search" in said else {**said, "search": {}}


class Exports(ListView):
    serializer_class = JobSerializer
    filterset_class = JobFilters
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.UPLOAD}

    def get_queryset(self) -> QuerySet[Job]:
        return queries.visible_jobs(self.request.user).filter(kind=Job.Kind.EXPORT)

    @extend_schema(operation_id="exports_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your exports, the newest first; `file` says where a finished one is fetched."""
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="exports_create", request=Export, responses={202: OneJobSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for an export: 202 and its job, which tells of the file once it is written."""
        return ask(request, Job.Kind.EXPORT, Export)
