"""Pictures that come with their label: their folder says it, or an annotation."""

from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from classifier.vocabulary import Label
from labelling.models import Image, Review, Submission, User
from labelling.permissions import check_may_administer
from labelling.services.review import record_review
from labelling.services.submit import submit_image


class Outcome(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"  # a new picture, with this person's vote
    LABELLED = "labelled"  # the picture was here already and has got this person's vote
    KNOWN = "known"  # this person had said the same of it before
    CONFLICT = "conflict"  # this person has said something else, and that stands


@transaction.atomic
def import_picture(*, data: bytes, filename: str, label: Label, by: User) -> Outcome:
    """Take a picture in like an upload, and let ``by`` vote as its folder says.

    The vote settles it by the same rule as any other, so it can be undone or contradicted. Safe
    to run twice. Raises NotAllowed and PictureRefused.
    """
    check_may_administer(by)
    if before := _said_before(label, by, image__sha256=sha256(data).hexdigest()):
        return before
    submitted = submit_image(
        data=data, filename=filename, channel=Submission.Channel.IMPORT, submitter=None
    )
    if submitted.created and submitted.image.audit:
        # Somebody chose it, with its answer; an audit sample is chance, answered blind.
        Image.objects.filter(pk=submitted.image.pk).update(audit=False)
    record_review(image_id=submitted.image.pk, reviewer=by, answer=label.value)
    return Outcome.IMPORTED if submitted.created else Outcome.LABELLED


@transaction.atomic
def label_picture(*, image_id: UUID, label: Label, by: User) -> Outcome:
    """Let ``by`` vote on a picture that is here, as somebody who had it on another screen. Safe to
    run twice. Raises NotAllowed and NotFound."""
    check_may_administer(by)
    if before := _said_before(label, by, image=image_id):
        return before
    record_review(image_id=image_id, reviewer=by, answer=label.value)
    return Outcome.LABELLED


def _said_before(label: Label, person: User, **picture: Any) -> Outcome | None:
    votes = Review.objects.standing().filter(reviewer=person, **picture)
    before = votes.values_list("answer", flat=True).first()
    if before is None:
        return None
    return Outcome.KNOWN if before == label.value else Outcome.CONFLICT
