"""Pictures that come with their label, from folders named after the classes."""

from enum import StrEnum
from hashlib import sha256

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
    before = _vote_of(by, sha256(data).hexdigest())
    if before is not None:
        return Outcome.KNOWN if before == label.value else Outcome.CONFLICT
    submitted = submit_image(
        data=data, filename=filename, channel=Submission.Channel.IMPORT, submitter=None
    )
    if submitted.created and submitted.image.audit:
        # Somebody chose it, with its answer; an audit sample is chance, answered blind.
        Image.objects.filter(pk=submitted.image.pk).update(audit=False)
    record_review(image_id=submitted.image.pk, reviewer=by, answer=label.value)
    return Outcome.IMPORTED if submitted.created else Outcome.LABELLED


def _vote_of(person: User, digest: str) -> str | None:
    votes = Review.objects.standing().filter(reviewer=person, image__sha256=digest)
    return votes.values_list("answer", flat=True).first()
