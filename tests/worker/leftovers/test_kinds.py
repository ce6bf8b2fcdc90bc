"""What is left without a row, by each way in which it is, goes; what a row names stays."""

import io
import zipfile
from unittest.mock import patch

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from classifier.detector.decoding import inspect
from labelling import copies, originals
from labelling.models import Image, Submission, User
from labelling.renditions import rendition
from labelling.services.submit import picture_stored, submit_image
from labelling.storage import WholeFileStorage
from tests.labelling.pictures import noise
from tests.labelling.traces import stored_files
from tests.worker.jobs.conftest import run
from tests.worker.leftovers.conftest import digest, let_all_be_old, original, store
from worker.models import DatasetSnapshot, Job
from worker.services.jobs import import_requests
from worker.services.jobs.import_requests import import_zip
from worker.services.jobs.requests import request_job
from worker.services.leftovers.discarding import discard_leftovers
from worker.services.manifest import manifest_name
from worker.services.snapshots import freeze_snapshot

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for the end of the process, after which nobody cleans up."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def submit(seed: int = 0) -> Image:
    submitted = submit_image(
        data=noise(seed), filename="a.jpg", channel=Submission.Channel.API, submitter=None
    )
    return submitted.image


def a_zip() -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("one.jpg", noise(1))
    out.seek(0)
    return out


def assert_all_goes() -> None:
    """What was left is still there while it is young, and goes when it is old."""
    left = stored_files()
    assert left
    assert discard_leftovers()["deleted"] == 0
    assert stored_files() == left
    let_all_be_old()
    assert discard_leftovers() == {"seen": len(left), "deleted": len(left)}
    assert stored_files() == []


def test_an_original_whose_process_was_killed_before_the_commit() -> None:
    data = noise()
    with (
        patch.object(originals, "discard_unless_needed", killed),
        pytest.raises(Killed),
        picture_stored(data, inspect(data)),
    ):
        raise Killed
    assert not Image.objects.exists()
    assert_all_goes()


def test_an_original_whose_transaction_was_rolled_back_around_it() -> None:
    with transaction.atomic():
        submit()
        transaction.set_rollback(True)
    assert not Image.objects.exists()
    assert_all_goes()


def test_a_copy_of_a_picture_that_was_erased_while_it_was_stored() -> None:
    image = submit()
    default_storage.delete(image.original)
    Image.objects.all().delete()
    with (
        patch("labelling.renditions.read_original", lambda _: noise()),
        patch.object(copies.default_storage, "delete", killed),
        pytest.raises(Killed),
    ):
        rendition(image, "thumb")
    assert_all_goes()


def test_a_heat_map_of_a_picture_that_is_gone() -> None:
    store(f"explanations/{digest(1)}/{digest(2)}-1.png")
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == []


def test_a_zip_whose_process_was_killed_before_its_job_was_written(administrator: User) -> None:
    with (
        patch.object(import_requests, "_request", killed),
        patch.object(import_requests.default_storage, "delete", killed),
        pytest.raises(Killed),
    ):
        import_zip(file=a_zip(), name="a.zip", labelled=False, by=administrator)
    assert_all_goes()


def test_a_file_of_an_export_that_another_attempt_has_taken_over(outsider: User) -> None:
    job = run(request_job(kind="export", by=outsider, title="x", options={"format": "coco"}))
    store(f"exports/{job.pk}-abcdefghijklmnop.coco.json")
    let_all_be_old()
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == [job.result]


@pytest.mark.parametrize(
    "folder",
    [
        f"images/{digest(1)[:2]}/.{digest(1)}.jpg",
        f"renditions/{digest(1)}/.thumb.webp",
        f"explanations/{digest(1)}/.{digest(2)}-1.png",
        "imports/.abcdefghijklmnopqrstuv.zip",
        "exports/.12-abcdefghijklmnop.label-studio.json",
        f"snapshots/{digest(1)}/.manifest.jsonl",
    ],
)
def test_a_file_that_was_written_by_half(folder: str) -> None:
    store(f"{folder}.{'0a' * 16}")
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == []


def test_half_a_file_goes_though_its_picture_has_a_row() -> None:
    image = submit()
    with (
        patch("pathlib.Path.replace", killed),
        patch("pathlib.Path.unlink", killed),
        pytest.raises(Killed),
    ):
        WholeFileStorage().save(image.original, ContentFile(noise()))
    assert len(stored_files()) == 2
    let_all_be_old()
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == [image.original]


def test_what_a_row_names_stays_as_long_as_there_is_the_row(
    administrator: User, outsider: User
) -> None:
    image = submit()
    rendition(image, "thumb")
    rendition(image, "full")
    store(f"explanations/{image.sha256}/{digest(2)}-1.png")
    waiting = import_zip(file=a_zip(), name="a.zip", labelled=False, by=administrator)
    done = run(request_job(kind="export", by=outsider, title="x", options={"format": "csv"}))
    manifest = freeze_snapshot().manifest
    kept = stored_files()
    assert len(kept) == 7
    assert {waiting.options["place"], done.result, manifest, image.original} < set(kept)
    let_all_be_old()

    assert discard_leftovers() == {"seen": 7}
    assert stored_files() == kept

    Image.objects.all().delete(), Job.objects.all().delete(), DatasetSnapshot.objects.all().delete()
    assert discard_leftovers() == {"seen": 7, "deleted": 6}
    assert stored_files() == [manifest]


def test_a_picture_in_the_bin_is_there() -> None:
    image = submit()
    Image.objects.update(deleted_at=image.received_at)
    let_all_be_old()
    assert discard_leftovers() == {"seen": 1}
    assert stored_files() == [image.original]


def test_what_has_another_name_than_the_site_gives_is_never_touched() -> None:
    names = store(
        "doctor-0a.txt",
        "somewhere/file.txt",
        f"models/{digest(1)}/bundle.json",
        f"models/files/{digest(1)}",
        "images/README.txt",
        f"images/{digest(1)}.jpg",
        f"images/ff/{digest(1)}.jpg",
        original(1, ".gif"),
        f"{original(1)}.bak",
        f"{original(1)}/within",
        f"images/00/.{digest(1)}.jpg.swp",
        f"renditions/{digest(1)}/other.webp",
        f"explanations/{digest(1)}/notes.txt",
        "imports/holiday.zip",
        "imports/2024/abcdefghijklmnopqrstuv.zip",
        "exports/mine.csv",
        manifest_name(digest(1)),
        f"snapshots/{digest(1)}/notes.txt",
    )
    counts = discard_leftovers()
    assert stored_files() == names
    assert set(counts) == {"seen"}
