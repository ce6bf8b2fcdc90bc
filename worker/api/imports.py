"""Imports: from a folder of the server, a part of a bucket, or a zip that is sent."""

from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import StrictSerializer, Text, Truth, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.errors import MissingFile
from labelling.models import Scope, User
from labelling.services.submit import clean_filename
from worker import queries
from worker.api.job_body import JobSerializer, OneJobSerializer
from worker.api.jobs import JobFilters, begun
from worker.models import Job
from worker.services.jobs import import_requests
from worker.services.jobs.import_requests import LONGEST_PLACE

FOLDER, BUCKET = "folder", "bucket"
LABELLED = (
    "whether the first folder of each file, or an export of Label Studio beside them, says what it "
    "is, as your own answer"
)


class ImportPlace(StrictSerializer):
    """A place to import from. `/api/v1/imports/sources/` says which are open."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # fields have sources
        choices=[(FOLDER, FOLDER), (BUCKET, BUCKET)]
    )
    place = Text(
        max_length=LONGEST_PLACE, help_text="a folder of the server, or gs://bucket/prefix"
    )
    labelled = Truth(default=False, help_text=LABELLED)


class ImportZip(StrictSerializer):
    """A zip to import."""

    file = serializers.FileField()
    labelled = serializers.BooleanField(default=False, help_text=LABELLED)


class Sources(serializers.Serializer[Any]):
    """What is open to imports."""

    folders = serializers.ListField(child=serializers.CharField())
    prefixes = serializers.ListField(child=serializers.CharField())
    zip_bytes = serializers.IntegerField(help_text="the most that a zip may have")


class Imports(ForAdministrators, ListView):
    serializer_class = JobSerializer
    filterset_class = JobFilters
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.ADMINISTER}

    def get_queryset(self) -> QuerySet[Job]:
        return queries.visible_jobs(self.request.user).filter(kind=Job.Kind.IMPORT)

    @extend_schema(operation_id="imports_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The jobs that import, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="imports_create",
        request={"application/json": ImportPlace, "multipart/form-data": ImportZip},
        responses={202: OneJobSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for an import: JSON names a place, a form carries a zip in the field `file`."""
        is_form = (request.content_type or "").startswith("multipart/")
        job = _zip(request, me(request)) if is_form else _place(request, me(request))
        return begun(job, request)


class ImportSources(ForAdministrators):
    @extend_schema(operation_id="imports_sources", responses=Sources)
    @sparse
    def get(self, request: Request) -> Response:
        """What whoever runs the site has opened to imports."""
        said = {
            "folders": [str(folder) for folder in settings.IMPORT_FOLDERS],
            "prefixes": settings.IMPORT_PREFIXES,
            "zip_bytes": settings.IMPORT_ZIP_BYTES,
        }
        return Response(Sources(said).data)


def _place(request: Request, by: User) -> Job:
    said = read_body(request, ImportPlace)
    place, labelled = said["place"], said["labelled"]
    if said["source"] == FOLDER:
        return import_requests.import_folder(path=place, labelled=labelled, by=by)
    return import_requests.import_bucket(address=place, labelled=labelled, by=by)


def _zip(request: Request, by: User) -> Job:
    if not request.FILES.get("file"):
        raise MissingFile("Send the zip as a file in the field “file”.")
    said = read_body(request, ImportZip)
    sent = said["file"]
    return import_requests.import_zip(
        file=sent.file,
        name=clean_filename(sent.name or "") or "a zip",
        labelled=said["labelled"],
        by=by,
    )
