"""Doing something to many pictures: each address asks for one kind of job."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import StrictSerializer, Text, Truth, read_body
from labelling.api.idempotency import idempotent
from labelling.api.serializers import words
from labelling.models import Scope, User
from worker.api.choice import ANSWERS, BulkChoice, PreviewSerializer, ask
from worker.api.jobs import begun
from worker.models import Job
from worker.services.jobs import choosing
from worker.services.jobs.erasing import person_named, request_erasing, to_erase
from worker.services.jobs.forecast import Expected, Preview

STAYS = "handed in by others, too; they stay, without a trace of this person"


class BulkReview(BulkChoice):
    """What these pictures are, as your own answer to each."""

    answer = serializers.ChoiceField(choices=words(*choosing.ANSWERS))


class BulkAssignment(BulkChoice):
    """Who shall be asked about these pictures."""

    assignee = Text(max_length=150, help_text="a reviewer's name")


class Erasure(StrictSerializer):
    """Whose uploads shall be deleted for good."""

    person = Text(max_length=150, help_text="their name; your own, or anybody's for administrators")
    preview = Truth(default=False, help_text="count only, and change nothing")


class ReviewMany(ApiView):
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="jobs_review", request=BulkReview, responses=ANSWERS)
    @idempotent
    def post(self, request: Request) -> Response:
        """Give one answer to many pictures."""
        return ask(request, Job.Kind.REVIEW, BulkReview)


class AssignMany(ApiView):
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(operation_id="jobs_assign", request=BulkAssignment, responses=ANSWERS)
    @idempotent
    def post(self, request: Request) -> Response:
        """Put many pictures before a reviewer; for adjudicators and administrators."""
        return ask(request, Job.Kind.ASSIGN, BulkAssignment)


class PredictMany(ApiView):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="jobs_predict", request=BulkChoice, responses=ANSWERS)
    @idempotent
    def post(self, request: Request) -> Response:
        """Let the version that answers judge many pictures anew; for administrators."""
        return ask(request, Job.Kind.PREDICT, BulkChoice)


class DeleteMany(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(operation_id="jobs_delete", request=BulkChoice, responses=ANSWERS)
    @idempotent
    def post(self, request: Request) -> Response:
        """Move many pictures to the bin: what you alone handed in, or any as administrator."""
        return ask(request, Job.Kind.DELETE, BulkChoice)


class EraseUploads(ApiView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(operation_id="jobs_erase", request=Erasure, responses=ANSWERS)
    @idempotent
    def post(self, request: Request) -> Response:
        """Delete for good what a person handed in: you, or anybody where you administer."""
        said = read_body(request, Erasure)
        person = person_named(said["person"], me(request))
        if said["preview"]:
            return Response(PreviewSerializer(_to_erase(person, me(request))).data)
        return begun(request_erasing(person_id=person.pk, by=me(request)), request)


def _to_erase(person: User, by: User) -> Preview:
    uploads = to_erase(person, by)
    kept = Expected(uploads.shared, STAYS)
    return Preview(uploads.all, [kept] if kept.count else [])
