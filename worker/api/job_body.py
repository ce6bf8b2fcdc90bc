"""Long work as programs see it."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from worker.models import Job, JobItem
from worker.services.jobs.undoing import can_be_undone

MEMBERS = (
    "id",
    "url",
    "page",
    "kind",
    "state",
    "title",
    "requested_by",
    "total",
    "done",
    "refused",
    "seconds_left",
    "step",
    "outcome",
    "file",
    "undoes",
    "undone_by",
    "created_at",
    "started_at",
    "finished_at",
    "cancel_asked_at",
)


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of long work. ``outcome`` says in a sentence what came of it."""

    url = serializers.HyperlinkedIdentityField(view_name="api-job", lookup_url_kwarg="job_id")
    page = serializers.HyperlinkedIdentityField(view_name="job", lookup_url_kwarg="job_id")
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True)
    seconds_left = serializers.SerializerMethodField(help_text="by the pace so far, once known")
    file = serializers.SerializerMethodField(help_text="where its file can be downloaded")
    undoes = serializers.IntegerField(
        source="undoes_id", allow_null=True, help_text="the job that it takes back"
    )
    undone_by = serializers.IntegerField(
        source="undone_by.pk", allow_null=True, help_text="the job that takes it back"
    )

    class Meta:
        model = Job
        fields: Sequence[str] = MEMBERS
        read_only_fields = fields

    @extend_schema_field(serializers.FloatField(allow_null=True, min_value=0))
    def get_seconds_left(self, job: Job) -> float | None:
        left = job.seconds_left(timezone.now())
        return None if left is None else round(left, 1)

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_file(self, job: Job) -> str | None:
        if not job.has_file:
            return None
        request: Request = self.context["request"]
        return request.build_absolute_uri(reverse("api-job-file", args=[job.pk]))


class OneJobSerializer(JobSerializer):
    """One piece of long work, and whether you may take it back."""

    undoable = serializers.SerializerMethodField(help_text="whether you may take it back now")

    class Meta(JobSerializer.Meta):
        fields = (*MEMBERS, "undoable")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.BOOL)
    def get_undoable(self, job: Job) -> bool:
        return can_be_undone(job, self.context["request"].user)


class RefusedSerializer(serializers.ModelSerializer[JobItem]):
    """A picture or a file that a job left as it was, and why."""

    image = serializers.UUIDField(source="image_id", allow_null=True)
    detail = serializers.CharField(source="message")

    class Meta:
        model = JobItem
        fields: Sequence[str] = ("id", "image", "name", "code", "detail")
        read_only_fields = fields


def job_body(job: Job, request: Request) -> Any:
    return OneJobSerializer(job, context={"request": request}).data
