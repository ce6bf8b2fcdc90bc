"""Files are whole or absent, on the disk and in a bucket; memory for decoding is bounded."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from gcp_storage_emulator.server import create_server
from google.auth.credentials import AnonymousCredentials

from labelling.models import Image, Submission
from labelling.originals import read_original
from labelling.pixel_budget import PixelBudget
from labelling.renditions import rendition, rendition_name
from labelling.services import submit as service
from labelling.services.submit import submit_image
from labelling.storage import WholeFileStorage
from tests.labelling.pictures import noise
from tests.site import free_port

BUCKET = "aivh-tests"


class Breaking(ContentFile):
    """Content of which the second half cannot be had."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")


@pytest.fixture
def storage(tmp_path: Path) -> WholeFileStorage:
    return WholeFileStorage(location=tmp_path)


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_file_has_exactly_the_name_that_was_asked_for(
    storage: WholeFileStorage, tmp_path: Path
) -> None:
    for _ in range(2):
        assert storage.save("images/ab/cd.jpg", ContentFile(b"bytes")) == "images/ab/cd.jpg"

    assert files(tmp_path) == ["images/ab/cd.jpg"]
    assert storage.open("images/ab/cd.jpg").read() == b"bytes"


def test_a_write_that_fails_leaves_no_half_a_file(
    storage: WholeFileStorage, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="full"):
        storage.save("new.jpg", Breaking(b""))
    assert files(tmp_path) == []

    storage.save("old.jpg", ContentFile(b"whole"))
    with pytest.raises(OSError, match="full"):
        storage.save("old.jpg", Breaking(b""))
    assert storage.open("old.jpg").read() == b"whole"


def test_a_name_cannot_lead_out_of_the_folder(storage: WholeFileStorage) -> None:
    with pytest.raises(Exception, match="path traversal"):
        storage.save("../outside.jpg", ContentFile(b""))


def test_small_pictures_are_decoded_side_by_side_and_large_ones_one_by_one() -> None:
    budget = PixelBudget(100)
    meeting = threading.Barrier(2)
    sizes: list[int] = []

    def small() -> None:
        with budget.taken(50):
            meeting.wait(timeout=60)  # ends only if both are inside at once

    def large() -> None:
        with budget.taken(60):
            sizes.append(budget._free)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(small) for _ in range(2)]:
            done.result()
        for done in [pool.submit(large) for _ in range(4)]:
            done.result()
    assert sizes == [40] * 4
    assert budget._free == 100


def test_room_is_given_back_when_decoding_fails() -> None:
    budget = PixelBudget(100)

    with pytest.raises(ValueError, match="corrupt"), budget.taken(100):
        raise ValueError("corrupt")

    assert budget._free == 100


@pytest.fixture
def bucket(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The default storage is a bucket, as ``GS_BUCKET_NAME`` makes it, on a server of our own."""
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "storages.backends.gcloud.GoogleCloudStorage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "default_acl": None,
                "file_overwrite": True,
                "credentials": AnonymousCredentials(),
                "project_id": "emulator",
            },
        }
    }
    yield
    server.stop()


def in_bucket() -> list[str]:
    """The name of every object in the bucket."""
    blobs = default_storage.client.list_blobs(BUCKET)
    return sorted(blob.name for blob in blobs)


def hand_in() -> Image:
    return submit_image(
        data=noise(), filename="a.jpg", channel=Submission.Channel.API, submitter=None
    ).image


@pytest.mark.django_db
@pytest.mark.usefixtures("bucket")
def test_pictures_and_their_copies_live_in_a_bucket_as_well() -> None:
    image = hand_in()
    assert hand_in() == image

    assert read_original(image) == noise()
    assert rendition(image, "thumb") == rendition(image, "thumb")
    assert in_bucket() == sorted([image.original, rendition_name(image, "thumb")])


@pytest.mark.django_db
@pytest.mark.usefixtures("bucket")
def test_a_failed_upload_leaves_nothing_in_the_bucket(monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(service, "_write_submission", fail)

    with pytest.raises(RuntimeError):
        hand_in()

    assert in_bucket() == []
    assert Image.objects.count() == 0
