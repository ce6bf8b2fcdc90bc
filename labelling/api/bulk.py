"""Many pictures in one request, each with an answer of its own."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import AivhError
from labelling.api.base import ApiView, me, refuse_other_fields
from labelling.api.fields import StrictSerializer, Text, read_body
from labelling.api.idempotency import idempotent
from labelling.api.images import channel_of
from labelling.api.parsers import ShallowJSONParser
from labelling.api.representation import image_bodies
from labelling.api.serializers import ImageSerializer, words
from labelling.errors import MissingFile, NotFound
from labelling.importable import SILENT_BUCKET, read_address
from labelling.models import Image, Scope, Submission
from labelling.permissions import check_may_administer, check_may_upload
from labelling.services.submit import clean_filename, submit_image

MOST = settings.DATA_UPLOAD_MAX_NUMBER_FILES
LONGEST_ADDRESS = 1200  # characters; a bucket's names have at most 1,024 bytes
LONGEST_READ = 60.0  # seconds for all of a list; a thread of the web server waits for it
FIELD = "files"
TAKEN, REFUSED = "taken", "refused"


class Addresses(StrictSerializer):
    """Pictures of a bucket."""

    addresses = serializers.ListField(
        child=Text(max_length=LONGEST_ADDRESS),
        min_length=1,
        max_length=MOST,
        help_text="as gs://bucket/folder/name.jpg, below what AIVH_IMPORT_PREFIXES names",
    )


class Pictures(serializers.Serializer[Any]):
    """Pictures to hand in."""

    files = serializers.ListField(
        child=serializers.FileField(), min_length=1, max_length=MOST, help_text="JPEG, PNG or WebP"
    )


class OneAnswer(serializers.Serializer[Any]):
    """What became of one picture: taken in, or refused with a code."""

    index = serializers.IntegerField(help_text="its place in the request, from 0")
    name = serializers.CharField(help_text="as you sent it")
    status = serializers.ChoiceField(choices=words(TAKEN, REFUSED))
    code = serializers.CharField(allow_null=True, help_text="why it was refused; stable")
    detail = serializers.CharField(allow_null=True, help_text="the same for people")
    image = ImageSerializer(allow_null=True)


class BulkAnswer(serializers.Serializer[Any]):
    """What became of each, in the order in which they came."""

    taken = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = OneAnswer(many=True)


@dataclass(frozen=True)
class Came:
    """One picture of a request; ``read`` gives its file name and its bytes, or raises AivhError."""

    name: str
    channel: Submission.Channel
    read: Callable[[], tuple[str, bytes]]


class BulkImages(ApiView):
    parser_classes = (MultiPartParser, ShallowJSONParser)
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        operation_id="images_create_many",
        request={"multipart/form-data": Pictures, "application/json": Addresses},
        responses=BulkAnswer,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Take up to 100 pictures in: files in `files`, or for administrators addresses of buckets.

        Each is taken in or refused by itself, as if it had come alone.
        """
        check_may_upload(request.user)
        many = _files(request) if request.FILES or not _is_json(request) else _addresses(request)
        done = [_take(one, request) for one in many]
        return Response(_told(done, many, request))


def _is_json(request: Request) -> bool:
    return request.content_type.partition(";")[0].strip().lower() == ShallowJSONParser.media_type


def _files(request: Request) -> list[Came]:
    """The files of the form. Raises MissingFile, and InvalidRequest for any other field."""
    refuse_other_fields(request, FIELD)
    files = request.FILES.getlist(FIELD)
    if not files:
        raise MissingFile(f"Send the pictures as files in the field “{FIELD}”.")
    channel = channel_of(request)
    return [Came(clean_filename(file.name or ""), channel, _reading(file)) for file in files]


def _reading(file: "UploadedFile[Any]") -> Callable[[], tuple[str, bytes]]:
    return lambda: (file.name or "", file.read())


def _addresses(request: Request) -> list[Came]:
    """What lies in buckets is read as the site itself, so it is for administrators."""
    check_may_administer(request.user)
    said = read_body(request, Addresses)
    end = time.monotonic() + LONGEST_READ
    channel = Submission.Channel.IMPORT
    return [Came(address, channel, _fetching(address, end)) for address in said["addresses"]]


def _fetching(address: str, end: float) -> Callable[[], tuple[str, bytes]]:
    def fetch() -> tuple[str, bytes]:
        if time.monotonic() > end:
            raise AivhError(SILENT_BUCKET, code="storage_unavailable")
        return read_address(address)

    return fetch


def _take(one: Came, request: Request) -> Image | AivhError:
    try:
        name, data = one.read()
        submitted = submit_image(
            data=data, filename=name, channel=one.channel, submitter=me(request)
        )
    except AivhError as error:
        return error
    return submitted.image


def _told(
    done: Sequence[Image | AivhError], many: Sequence[Came], request: Request
) -> dict[str, Any]:
    images = _bodies([end.pk for end in done if isinstance(end, Image)], request)
    results = [
        {"index": index, "name": one.name, **_answer(end, images)}
        for index, (one, end) in enumerate(zip(many, done, strict=True))
    ]
    taken = sum(result["status"] == TAKEN for result in results)
    return {"taken": taken, "refused": len(results) - taken, "results": results}


def _bodies(ids: Sequence[UUID], request: Request) -> dict[UUID, dict[str, Any]]:
    there = Image.objects.filter(pk__in=ids, deleted_at__isnull=True)
    images = list(there.select_related("label"))
    bodies = image_bodies(images, request)
    return {image.pk: body for image, body in zip(images, bodies, strict=True)}


def _answer(end: Image | AivhError, images: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    if isinstance(end, Image):
        if body := images.get(end.pk):
            return {"status": TAKEN, "code": None, "detail": None, "image": body}
        end = NotFound("This picture was deleted before you were answered.")
    return {"status": REFUSED, "code": end.code, "detail": end.message, "image": None}
