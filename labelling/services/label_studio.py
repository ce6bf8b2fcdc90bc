"""A picture of a Label Studio project: what is found in it, and what its people answer."""

from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from classifier.detector.decoding import MAX_BYTES
from classifier.errors import NotAllowed, PictureRefused
from labelling.blindness import open_findings
from labelling.errors import Conflict, NotFound
from labelling.importable import TOO_LARGE, read_address
from labelling.label_studio.fetching import fetch_picture
from labelling.label_studio.places import Kind, Place
from labelling.models import Image, Prediction, Review, User
from labelling.permissions import check_may_administer, check_may_review, check_may_upload
from labelling.queries import current_prediction, image_for, visible_images
from labelling.services.review import record_review
from labelling.services.second_thoughts import answer_anew
from labelling.services.submit import submit_with_finding

BLIND = "You have not answered for this picture yet, so what the detector says is hidden from you."
UNKNOWN = "aivh does not know this picture. Ask for its prediction first, which hands it in."


def finding_for(*, place: Place, person: User) -> Prediction:
    """What the detector says of a picture, which is handed in where it is not here yet.

    Raises NotAllowed, also for a reviewer who is still blind to it, NotFound, PictureRefused,
    NoModel, and Conflict for one of ours that still waits.
    """
    check_may_upload(person)
    data = _bytes_of(place, person)
    image = _known(place, data, person)
    if image is None:
        filename = _filename(place)
        return submit_with_finding(data=data, filename=filename, submitter=person)[1]
    if image.pk not in open_findings([image], person):
        raise NotAllowed(BLIND)
    found = current_prediction(image)
    if found is None:
        raise Conflict("This picture is not examined yet.")
    return found


def annotated_image(*, place: Place, person: User) -> Image:
    """The picture that an annotation is about. Raises NotAllowed, NotFound, PictureRefused."""
    check_may_review(person)
    image = _known(place, _bytes_of(place, person), person)
    if image is None:
        raise NotFound(UNKNOWN)
    return image


@transaction.atomic
def take_annotation(*, image: Image, answer: str, by: User, changed: bool) -> bool:
    """Let ``by`` vote as the annotation says; whether that is news.

    ``changed`` says that the annotation was another one before: then an earlier vote gives way.
    Raises NotAllowed, and Conflict where an earlier vote says otherwise and stands.
    """
    check_may_review(by)
    # Of two deliveries at once the second sees the vote of the first.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    standing = Review.objects.standing().filter(image=image, reviewer=by).first()
    if standing is not None and standing.answer == answer:
        return False
    vote = answer_anew if standing is not None and changed else record_review
    vote(image_id=image.pk, reviewer=by, answer=answer)
    return True


def _bytes_of(place: Place, person: User) -> bytes:
    """The picture's bytes; none for one of ours. Raises NotAllowed, NotFound, AivhError."""
    if place.kind is Kind.BUCKET:
        check_may_administer(person)  # it is read in the site's own name
        return read_address(place.address)[1]
    if place.kind is Kind.LABEL_STUDIO:
        return fetch_picture(
            place.address,
            label_studio=settings.LABEL_STUDIO_URL,
            token=settings.LABEL_STUDIO_TOKEN,
        )
    if len(place.data) > MAX_BYTES:
        raise PictureRefused(TOO_LARGE, code="too_large")
    return place.data


def _known(place: Place, data: bytes, person: User) -> Image | None:
    """The picture, if it is here and this person's to see. Raises NotFound for none of ours."""
    if place.kind is not Kind.OURS:
        return visible_images(person).filter(sha256=sha256(data).hexdigest()).first()
    assert place.image_id is not None
    return image_for(person, place.image_id)


def _filename(place: Place) -> str:
    return PurePosixPath(urlsplit(place.address).path).name
