"""Imports with an export of Label Studio beside the pictures, or about pictures that are here."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from labelling.models import Image, Label, Review, Submission, User
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise
from tests.labelling.test_label_studio_exported import annotated
from tests.labelling.test_label_studio_words import ID
from tests.worker.jobs.test_importing import done, outcomes, zipped
from worker.exporting.annotations import write_label_studio
from worker.exporting.reading import read_batch
from worker.services.jobs.import_requests import import_folder, import_zip

pytestmark = pytest.mark.django_db


def task(name: str, *answers: str) -> dict[str, Any]:
    return annotated(*answers, id=name, data={"image": f"/data/upload/1/{name}"})


def exported(*tasks: dict[str, Any]) -> bytes:
    return json.dumps(tasks).encode()


FILES = {
    "project.json": exported(
        task("0a1b2c3d-one.jpg", "AI"),
        task("two.jpg", "Human"),
        task("three.jpg"),
        task("twice.jpg", "AI"),
        task("gone.jpg", "AI"),
    ),
    "images/one.jpg": noise(1),
    "human/two.jpg": noise(2),
    "human/three.jpg": noise(3),
    "human/four.jpg": noise(4),
    "a/twice.jpg": noise(5),
    "b/twice.jpg": noise(6),
}


def labels() -> dict[str, str]:
    return dict(Label.objects.values_list("image__submissions__filename", "value"))


def test_the_annotations_beside_pictures_are_their_labels(administrator: User) -> None:
    job = done(import_zip(file=zipped(FILES), name="a.zip", labelled=True, by=administrator))

    assert labels() == {"one.jpg": "ai", "two.jpg": "human", "four.jpg": "human"}
    assert outcomes(job) == {
        "images/one.jpg": ("done", ""),
        "human/two.jpg": ("done", ""),
        "human/three.jpg": ("refused", "no_class"),  # asked for and not answered
        "human/four.jpg": ("done", ""),  # of which it says nothing: the folder does
        "a/twice.jpg": ("refused", "no_class"),
        "b/twice.jpg": ("refused", "no_class"),
        "project.json: task twice.jpg": ("refused", "not_found"),
        "project.json: task gone.jpg": ("refused", "not_found"),
    }


def test_without_labels_only_the_pictures_come_in(administrator: User) -> None:
    job = done(import_zip(file=zipped(FILES), name="a.zip", labelled=False, by=administrator))

    assert set(outcomes(job)) == set(FILES) - {"project.json"}
    assert job.outcome == "6 imported."
    assert not Review.objects.exists()


def test_a_folder_is_as_a_zip_and_run_again_it_changes_nothing(
    administrator: User, tmp_path: Path, settings
) -> None:
    settings.IMPORT_FOLDERS = [tmp_path / "in"]
    for name, data in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    for _ in range(2):
        job = done(import_folder(path=str(tmp_path / "in"), labelled=True, by=administrator))

    assert job.outcome.startswith("0 imported with their labels, 3 were here already, 5 refused")
    assert Review.objects.count() == 3


def test_what_label_studio_answered_for_our_export_comes_home(
    administrator: User, outsider: User
) -> None:
    """Exported here, annotated there, exported there, imported here: without a single file."""
    ids = [
        submit_image(
            data=noise(n), filename=f"{n}.jpg", channel=Submission.Channel.PAGE, submitter=outsider
        ).image.pk
        for n in (1, 2, 3)
    ]
    record_review(image_id=ids[2], reviewer=administrator, answer="ai")
    out = io.BytesIO()
    write_label_studio(read_batch(ids, administrator), out, site="https://aivh.example")
    tasks = json.loads(out.getvalue())
    words = {str(ids[0]): "AI", str(ids[1]): "Human"}
    for one in tasks:
        if word := words.get(one["data"]["aivh_id"]):
            one["annotations"] = annotated(word)["annotations"]
    stranger = {"image": f"https://aivh.example/api/v1/images/{ID}/original/", "aivh_id": ID}
    tasks.append({"id": 9, "data": stranger, "annotations": annotated("AI")["annotations"]})

    sent = zipped({"export.json": json.dumps(tasks).encode()})
    job = done(import_zip(file=sent, name="a.zip", labelled=True, by=administrator))

    assert sorted(outcomes(job).values()) == [
        ("done", ""),
        ("done", ""),
        ("refused", "not_found"),
        ("unchanged", ""),
    ]
    assert labels() == {"1.jpg": "ai", "2.jpg": "human", "3.jpg": "ai"}
    assert (Image.objects.count(), Submission.objects.count()) == (3, 3)
    assert {review.reviewer for review in Review.objects.all()} == {administrator}


def test_a_picture_of_our_folder_export_is_known_by_its_name(
    administrator: User, outsider: User
) -> None:
    """Uploaded there under its sha256, it comes home without a file."""
    ours = [
        submit_image(
            data=noise(n), filename=f"{n}.jpg", channel=Submission.Channel.PAGE, submitter=outsider
        ).image
        for n in (1, 2)
    ]
    tasks = [
        task(f"0a1b2c3d-{ours[0].sha256}.jpg", "AI"),
        task(f"{ours[1].sha256}.jpg", "Human"),
        task(f"0a1b2c3d-{'0' * 64}.jpg", "AI"),
    ]

    sent = zipped({"export.json": exported(*tasks)})
    job = done(import_zip(file=sent, name="a.zip", labelled=True, by=administrator))

    assert list(outcomes(job).values()) == [("done", ""), ("done", ""), ("refused", "not_found")]
    assert labels() == {"1.jpg": "ai", "2.jpg": "human"}
    assert (Image.objects.count(), Submission.objects.count()) == (2, 2)


def test_a_json_that_is_no_export_is_a_file_like_others(administrator: User) -> None:
    files = {"ai/one.jpg": noise(1), "settings.json": b"{}"}

    job = done(import_zip(file=zipped(files), name="a.zip", labelled=True, by=administrator))

    assert outcomes(job) == {"ai/one.jpg": ("done", ""), "settings.json": ("refused", "no_class")}


def test_annotations_that_cannot_be_read_end_the_import_and_say_so(administrator: User) -> None:
    files = {"ai/one.jpg": noise(1), "project.json": b" " * (20 * 2**20 + 1)}
    job = done(
        import_zip(file=zipped(files, kind=0), name="a.zip", labelled=True, by=administrator)
    )

    assert (job.state, job.outcome) == (
        "failed",
        "project.json: This file is larger than 20 MB.",
    )
    assert not Image.objects.exists()
