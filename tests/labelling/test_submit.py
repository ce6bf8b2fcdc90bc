"""Handing a picture in: once in the storage, once as an Image, each time as a Submission."""

from hashlib import sha256

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier.errors import NotAllowed, PictureRefused
from classifier.models import ModelVersion
from labelling.announcements import image_received
from labelling.models import Image, Submission, User
from labelling.originals import read_original
from labelling.permissions import ROLES
from labelling.services import submit as service
from labelling.services.submit import Submitted, clean_filename, submit_image
from tests.labelling.pictures import noise, plain
from tests.labelling.traces import assert_nothing_was_left, received, stored_files
from tests.people import make_person

pytestmark = pytest.mark.django_db


def submit(data: bytes, person: User | None = None, filename: str = "a.jpg") -> Submitted:
    return submit_image(
        data=data, filename=filename, channel=Submission.Channel.API, submitter=person
    )


def test_a_picture_is_stored_once_under_its_sha256(outsider: User) -> None:
    data = noise()
    digest = sha256(data).hexdigest()

    submitted = submit(data, outsider)

    image = submitted.image
    assert submitted.created
    assert (image.sha256, image.original) == (digest, f"images/{digest[:2]}/{digest}.jpg")
    assert (image.content_type, image.width, image.height) == ("image/jpeg", 64, 48)
    assert (image.size, image.state) == (len(data), Image.State.WAITING)
    assert stored_files() == [image.original]
    assert read_original(image) == data


def test_the_same_bytes_twice_are_one_image_and_two_submissions(
    outsider: User, reviewer: User
) -> None:
    first = submit(noise(), outsider, "mine.jpg")
    second = submit(noise(), reviewer, "yours.jpg")

    assert (first.created, second.created) == (True, False)
    assert first.image == second.image
    assert Image.objects.count() == 1
    assert list(Submission.objects.order_by("pk").values_list("submitter", "filename")) == [
        (outsider.pk, "mine.jpg"),
        (reviewer.pk, "yours.jpg"),
    ]
    assert len(stored_files()) == 1


def test_a_waiting_picture_is_announced_after_the_commit(
    django_capture_on_commit_callbacks,
) -> None:
    with received(image_received) as heard:
        with django_capture_on_commit_callbacks(execute=True):
            image = submit(noise()).image
            assert heard == []
        assert heard == [image.pk]


def test_a_picture_with_a_finding_is_not_announced_again(
    django_capture_on_commit_callbacks,
) -> None:
    image = submit(noise()).image
    Image.objects.update(state=Image.State.CLASSIFIED)

    with received(image_received) as heard:
        with django_capture_on_commit_callbacks(execute=True):
            assert submit(noise()).image == image
        assert heard == []


def test_a_picture_that_had_failed_is_tried_again() -> None:
    image = submit(noise()).image
    Image.objects.update(
        state=Image.State.FAILED, failure_code="x", failure="It broke.", sent_at=timezone.now()
    )

    submit(noise())

    image.refresh_from_db()
    assert (image.state, image.failure_code, image.failure) == (Image.State.WAITING, "", "")
    assert image.sent_at is None  # so that it is sent at once


def test_a_lost_file_comes_back_with_the_same_bytes() -> None:
    image = submit(noise()).image
    default_storage.delete(image.original)

    submit(noise())

    assert read_original(image) == noise()


def test_a_failed_transaction_leaves_neither_row_nor_file(monkeypatch) -> None:
    monkeypatch.setattr(service, "_write_submission", _fail)

    with pytest.raises(RuntimeError):
        submit(noise())

    assert (Image.objects.count(), Submission.objects.count()) == (0, 0)
    assert stored_files() == []


def test_a_failed_transaction_keeps_the_file_that_another_row_needs(monkeypatch) -> None:
    image = submit(noise()).image
    monkeypatch.setattr(service, "_write_submission", _fail)

    with pytest.raises(RuntimeError):
        submit(noise())

    assert stored_files() == [image.original]
    assert Image.objects.get() == image


def test_what_is_no_picture_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(PictureRefused) as refusal:
        submit(b"not a picture")

    assert refusal.value.code == "unsupported_type"
    assert (Image.objects.count(), Submission.objects.count()) == (0, 0)
    assert stored_files() == []


@pytest.mark.parametrize("how", ["submit_image", "submit_with_finding"])
def test_whoever_has_no_role_hands_nothing_in(
    live_version: ModelVersion, outsider: User, how: str
) -> None:
    outsider.groups.clear()
    person = User.objects.get(pk=outsider.pk)
    options = {"channel": Submission.Channel.API} if how == "submit_image" else {}

    with pytest.raises(NotAllowed):
        getattr(service, how)(data=noise(), filename="a.jpg", submitter=person, **options)

    assert_nothing_was_left()


@pytest.mark.parametrize("group", ROLES)
def test_every_role_may_hand_pictures_in(group: str, db: None) -> None:
    person = make_person("mo", group)
    person.groups.set(Group.objects.filter(name=group))
    assert submit(noise(), User.objects.get(pk=person.pk)).created


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\cat.png", "cat.png"),
        ("a\x00b\nc\x1b[31m.jpg", "abc[31m.jpg"),
        ("gnp\u202e.exe", "gnp.exe"),
        ("", ""),
        ("ä" * 300, "ä" * 255),
    ],
)
def test_a_filename_is_only_ever_a_harmless_name(given: str, kept: str) -> None:
    assert clean_filename(given) == kept
    submit(plain(), filename=given)
    assert Submission.objects.get().filename == kept


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("the database went away")
