"""A picture that is deleted leaves no file and no row; who may do it, and what they may not."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from classifier.errors import NotAllowed
from labelling.errors import NotFound
from labelling.models import Image, Label, Review, Submission, User
from labelling.renditions import rendition
from labelling.services.deletion import erase_image
from labelling.services.review import record_review, undo_last_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise
from tests.labelling.traces import stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(outsider: User) -> Image:
    """Handed in by the outsider, with its copies and a heat map."""
    made = submit(outsider)
    for size in ("thumb", "view"):
        rendition(made, size)
    default_storage.save(f"explanations/{made.sha256}/a.png", ContentFile(b"png"))
    assert len(stored_files()) == 4
    return made


def submit(person: User | None) -> Image:
    return submit_image(
        data=noise(1), filename="a.jpg", channel=Submission.Channel.PAGE, submitter=person
    ).image


@pytest.mark.parametrize("who", ["outsider", "administrator"])
def test_the_uploader_and_administrators_delete_everything(
    image: Image, reviewer: User, second_reviewer: User, who: str, request: pytest.FixtureRequest
) -> None:
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    undo_last_review(reviewer=reviewer)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    other = submit_image(
        data=noise(2), filename="b.jpg", channel=Submission.Channel.PAGE, submitter=None
    ).image

    erase_image(image_id=image.pk, by=request.getfixturevalue(who))

    assert list(Image.objects.all()) == [other]
    assert stored_files() == [other.original]
    assert not Review.objects.exists()
    assert not Label.objects.exists()
    assert Submission.objects.count() == 1


def test_a_reviewer_deletes_nothing(image: Image, reviewer: User) -> None:
    with pytest.raises(NotAllowed, match="nobody but you handed in"):
        erase_image(image_id=image.pk, by=reviewer)
    assert Image.objects.count() == 1
    assert len(stored_files()) == 4


def test_what_others_handed_in_too_stays(image: Image, outsider: User, reviewer: User) -> None:
    submit(reviewer)
    with pytest.raises(NotAllowed):
        erase_image(image_id=image.pk, by=outsider)
    assert Submission.objects.count() == 2
    assert len(stored_files()) == 4


def test_strangers_do_not_even_learn_that_it_is_there(image: Image) -> None:
    stranger = User.objects.create_user("nora", password="correct horse battery")
    with pytest.raises(NotFound):
        erase_image(image_id=image.pk, by=stranger)
    assert len(stored_files()) == 4


def test_the_same_bytes_can_come_again(image: Image, outsider: User) -> None:
    erase_image(image_id=image.pk, by=outsider)
    again = submit(outsider)
    assert again.pk != image.pk
    assert stored_files() == [again.original]
