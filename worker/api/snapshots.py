"""Snapshots: what a training saw, picture by picture; and from a picture to what saw it."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse
from django_filters import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import NotAllowed
from labelling.api.lists import CreatedFilters, ListView, OneOfChoices
from labelling.api.roles import ForReviewers
from labelling.api.sparse import sparse
from labelling.blindness import open_labels, sees_everything
from labelling.errors import NotFound
from labelling.queries import image_for
from worker import queries
from worker.api.snapshot_body import (
    ItemSerializer,
    LineageSerializer,
    OneSnapshotSerializer,
    SnapshotSerializer,
)
from worker.models import DatasetSnapshot, SnapshotItem


class Snapshots(ForReviewers, ListView):
    serializer_class = SnapshotSerializer
    filterset_class = CreatedFilters

    def get_queryset(self) -> QuerySet[DatasetSnapshot]:
        return queries.snapshots()

    @extend_schema(operation_id="snapshots_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every snapshot, the newest first, with the versions that it trained."""
        return super().get(request, *args, **kwargs)


class OneSnapshot(ForReviewers):
    @extend_schema(operation_id="snapshots_read", responses=OneSnapshotSerializer)
    @sparse
    def get(self, request: Request, snapshot_digest: str) -> Response:
        """One snapshot, with what its pictures are used for."""
        snapshot = queries.snapshot_by_digest(request.user, snapshot_digest)
        return Response(OneSnapshotSerializer(snapshot, context={"request": request}).data)


class ItemFilters(FilterSet):
    use = OneOfChoices(choices=SnapshotItem.Use.choices)


class Items(ForReviewers, ListView):
    queryset = SnapshotItem.objects.none()
    serializer_class = ItemSerializer
    filterset_class = ItemFilters
    ordering = ("sha256",)

    def get_queryset(self) -> QuerySet[SnapshotItem]:
        snapshot = queries.snapshot_by_digest(self.request.user, self.kwargs["snapshot_digest"])
        return queries.visible_items(snapshot, self.request.user)

    @extend_schema(operation_id="snapshots_items")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The pictures of a snapshot as they were labelled then, ordered by sha256.

        Reviewers see those that they have answered for: the others are still to be decided blind,
        and that they are settled is not told before.
        """
        return super().get(request, *args, **kwargs)


class Manifest(ForReviewers):
    @extend_schema(
        operation_id="snapshots_manifest",
        responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, snapshot_digest: str) -> FileResponse:
        """The manifest itself, JSON Lines whose sha256 is the digest; for whoever is not blind."""
        snapshot = queries.snapshot_by_digest(request.user, snapshot_digest)
        if not sees_everything(request.user):
            raise NotAllowed(
                "A manifest tells what every picture was settled as, so it is for adjudicators "
                "and administrators."
            )
        try:
            file = default_storage.open(snapshot.manifest)
        except FileNotFoundError as error:
            raise NotFound("The manifest of this snapshot is not in the storage.") from error
        name = f"snapshot-{snapshot_digest[:12]}.jsonl"
        kind = "application/x-ndjson"
        return FileResponse(file, as_attachment=True, filename=name, content_type=kind)


class Lineage(ForReviewers):
    @extend_schema(operation_id="images_lineage", responses=LineageSerializer, tags=["images"])
    @sparse
    def get(self, request: Request, image_id: UUID) -> Response:
        """Which versions learned from a picture, were measured with it, or left it out."""
        picture = image_for(request.user, image_id)
        is_open = picture.pk in open_labels({picture.pk}, request.user)
        seen = queries.versions_that_saw(picture.sha256) if is_open else None
        return Response(LineageSerializer({"blind": not is_open, "seen": seen}).data)
