"""A file's name may say what the picture is: no address tells it to whoever is blind to it."""

import pytest
from django.test import Client

from labelling.models import Image, Submission, User
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise

NAME = "ComfyUI_00012_.png"
SHOWING = (
    "/images/",
    "/images/?similar={id}",
    "/images/?source=page",
    "/images/{id}/",
    "/images/{id}/finding/",
    "/images/{id}/evidence/",
    "/images/{id}/history/",
    "/images/{id}/lineage/",
    "/review/?first={id}",
    "/disputes/",
    "/api/v1/images/",
    "/api/v1/images/{id}/",
    "/api/v1/images/{id}/original/",
    "/api/v1/images/{id}/rendition/view/",
    "/api/v1/images/{id}/rendition/full/",
    "/api/v1/images/{id}/history/",
    "/api/v1/images/{id}/similar/",
    "/api/v1/images/{id}/lineage/",
    "/api/v1/queue/",
    "/api/v1/disputes/",
    "/api/v1/reviews/",
    "/api/v1/labels/",
)


@pytest.fixture
def theirs(outsider: User) -> Image:
    return submit_image(
        data=noise(1), filename=NAME, channel=Submission.Channel.PAGE, submitter=outsider
    ).image


def told(client: Client, image: Image) -> set[str]:
    """The addresses whose answer has the name, in its text or its headers."""
    found = set()
    for address in SHOWING:
        answer = client.get(address.format(id=image.pk))
        assert answer.status_code in (200, 204, 403), address
        if b"ComfyUI" in answer.content or "ComfyUI" in str(answer.headers):
            found.add(address)
    return found


def test_no_address_tells_a_reviewer_the_name_of_somebody_elses_file(
    browse, theirs: Image, reviewer: User, second_reviewer: User, version
) -> None:
    record_review(image_id=theirs.pk, reviewer=reviewer, answer="ai")
    assert told(browse(second_reviewer), theirs) == set()
    # To whoever voted exports and searches tell it; pages name a file to whoever gave the name.
    assert told(browse(reviewer), theirs) == set()


def test_whoever_gave_the_name_and_administrators_are_told_it(
    browse, theirs: Image, outsider: User, administrator: User, version
) -> None:
    history = {"/images/{id}/history/"}
    assert told(browse(outsider), theirs) >= history | {"/images/{id}/"}
    assert told(browse(administrator), theirs) >= history


def test_the_name_that_a_reviewer_gave_is_told_to_them_before_their_vote(
    browse, theirs: Image, reviewer: User, version
) -> None:
    submit_image(
        data=noise(1), filename="mine.png", channel=Submission.Channel.PAGE, submitter=reviewer
    )
    page = browse(reviewer).get(theirs.get_absolute_url()).content.decode()
    assert "mine.png" in page
    assert told(browse(reviewer), theirs) == set()
