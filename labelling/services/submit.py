"""Taking a picture in: looked at, stored once, written down, announced."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

from django.db import transaction
from structlog.contextvars import bind_contextvars

from classifier.announcements import announce_on_commit
from classifier.detector.decoding import PictureHeader, decode, inspect
from classifier.detector.jpeg import jpeg_quality
from classifier.detector.provenance import read_provenance
from classifier.serving import serving_detector
from labelling.announcements import image_received
from labelling.audit import is_audited
from labelling.errors import Conflict, NotFound
from labelling.models import Image, Prediction, Submission, User
from labelling.originals import keep_original, original_kept, original_name
from labelling.permissions import check_may_upload
from labelling.pixel_budget import room_to_decode
from labelling.services.deletion import take_out
from labelling.services.findings import record_finding
from labelling.services.places import refresh_places
from labelling.services.settling import lock_image

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST_FILENAME = 255


@dataclass(frozen=True)
class Submitted:
    """``created`` is false where the same bytes had come before."""

    image: Image
    created: bool


def submit_image(
    *, data: bytes, filename: str, channel: Submission.Channel, submitter: User | None
) -> Submitted:
    """Take a picture in and let its finding be made. The same bytes twice are one Image.

    Raises, before anything is stored, NotAllowed where the submitter has no role that hands
    pictures in, and PictureRefused where the bytes are not a whole picture.
    """
    _check_submitter(submitter)
    header = inspect(data)
    with room_to_decode(header):
        decode(data)
    with picture_stored(data, header) as (image, created):
        _write_submission(image, filename=filename, channel=channel, submitter=submitter)
        if image.state == Image.State.WAITING:
            announce_on_commit(image_received, image_id=image.pk)
    return Submitted(image, created)


def submit_with_finding(
    *, data: bytes, filename: str, submitter: User | None
) -> tuple[Submitted, Prediction]:
    """Take a picture in and examine it here and now, with the version that answers.

    Nothing is stored where the submitter may not hand pictures in (NotAllowed), or there is no
    model (NoModel) or no whole picture (PictureRefused).
    """
    _check_submitter(submitter)
    version, detector = serving_detector()
    header = inspect(data)
    with room_to_decode(header):
        finding = detector.examine(data)
    clues = read_provenance(data)
    with picture_stored(data, header) as (image, created):
        _write_submission(
            image, filename=filename, channel=Submission.Channel.PREDICT, submitter=submitter
        )
        prediction = record_finding(
            image_id=image.pk, version=version, finding=finding, clues=clues
        )
        image.refresh_from_db()
    return Submitted(image, created), prediction


@contextmanager
def picture_stored(data: bytes, header: PictureHeader) -> Iterator[tuple[Image, bool]]:
    """Run the block in the transaction in which the picture has its file and its row.

    Gives the row and whether it is new. A picture that had failed is tried again, and one that lay
    in the bin is taken out of it.
    """
    digest = sha256(data).hexdigest()
    name = original_name(digest, header.extension)
    with original_kept(name, data, sha256=digest), transaction.atomic():
        image, created = _held_row(
            sha256=digest,
            original=name,
            content_type=header.content_type,
            width=header.width,
            height=header.height,
            size=len(data),
            jpeg_quality=jpeg_quality(data) or 0,
        )
        bind_contextvars(image_id=str(image.pk))  # for the lines that are logged from here on
        keep_original(name, data)
        if image.deleted_at is not None:
            take_out(image, by=None, why="handed in again")
        if _tried_again(image) or created:
            refresh_places(image_ids=[image.pk])
        yield image, created


def _held_row(*, sha256: str, **about: Any) -> tuple[Image, bool]:
    """The row of these bytes, held to the end of the transaction, and whether it is new.

    One that is erased between being found and being held is made anew.
    """
    for _ in range(2):
        image_id = uuid4()
        new = {"id": image_id, "audit": is_audited(image_id), **about}
        image, created = Image.objects.get_or_create(sha256=sha256, defaults=new)
        if created:
            return image, True
        with suppress(NotFound):
            return lock_image(image.pk), False
    raise Conflict("This picture is being deleted at this moment. Hand it in once more.")


def _tried_again(image: Image) -> bool:
    """Let one that had failed wait anew; whether it had."""
    if image.state != Image.State.FAILED:
        return False
    image.state, image.failure_code, image.failure = Image.State.WAITING, "", ""
    image.sent_at = None
    image.save(update_fields=["state", "failure_code", "failure", "sent_at"])
    return True


def clean_filename(given: str) -> str:
    """The last part of the name, without control characters, at most 255 characters long."""
    name = PurePosixPath(given.replace("\\", "/")).name
    return CONTROL_CHARACTERS.sub("", name)[:LONGEST_FILENAME]


def _check_submitter(submitter: User | None) -> None:
    """Without an account is a matter of the settings; with one, of its role."""
    if submitter is not None:
        check_may_upload(submitter)


def _write_submission(
    image: Image, *, filename: str, channel: Submission.Channel, submitter: User | None
) -> None:
    Submission.objects.create(
        image=image, submitter=submitter, channel=channel, filename=clean_filename(filename)
    )
