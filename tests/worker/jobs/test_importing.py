"""Imports as jobs: a folder, a zip, a part of a bucket; each file with its outcome."""

import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.errors import NotAllowed, PictureRefused
from labelling.errors import InvalidRequest, NotFound
from labelling.import_zip import open_zip, zip_candidates
from labelling.models import Image, Label, Submission, User
from tests.labelling.pictures import noise
from tests.worker.stubborn_storage import refuse_to_delete
from worker.models import Job, JobItem
from worker.services.jobs import importing
from worker.services.jobs.import_requests import import_bucket, import_folder, import_zip
from worker.services.jobs.importing import discard_sent_zips
from worker.services.jobs.running import run_job

pytestmark = pytest.mark.django_db

FILES = {
    "ai/one.jpg": noise(1),
    "human/deep/two.jpg": noise(2),
    "human/broken.jpg": b"\xff\xd8\xff broken",
    "human/notes.txt": b"not a picture",
    "three.jpg": noise(3),
    ".hidden/four.jpg": noise(4),
}


@pytest.fixture
def incoming(tmp_path: Path, settings) -> Path:
    root = tmp_path / "incoming"
    for name, data in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    settings.IMPORT_FOLDERS = [root]
    return root


def zipped(files: dict[str, bytes], *, kind: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    out.seek(0)
    return out


def outcomes(job: Job) -> dict[str, tuple[str, str]]:
    return {item.name: (item.outcome, item.code) for item in job.items.all()}


def done(job: Job) -> Job:
    run_job(job.pk)
    job.refresh_from_db()
    return job


EXPECTED = {
    "ai/one.jpg": ("done", ""),
    "human/deep/two.jpg": ("done", ""),
    "human/broken.jpg": ("refused", "corrupt_picture"),
    "human/notes.txt": ("refused", "unsupported_type"),
    "three.jpg": ("refused", "no_class"),
}


def test_a_folder_is_imported_with_its_labels(incoming: Path, administrator: User) -> None:
    job = done(import_folder(path=str(incoming), labelled=True, by=administrator))

    assert (job.state, job.done, job.total, job.refused) == ("done", 5, 5, 3)
    assert job.outcome == "2 imported with their labels, 3 refused, for the reasons below."
    assert outcomes(job) == EXPECTED
    labels = Label.objects.values_list("image__submissions__filename", "value")
    assert sorted(labels) == [("one.jpg", "ai"), ("two.jpg", "human")]


def test_without_labels_whatever_is_a_picture_comes_in(incoming: Path, administrator: User) -> None:
    job = done(import_folder(path=str(incoming), labelled=False, by=administrator))

    assert outcomes(job) == EXPECTED | {"three.jpg": ("done", "")}
    assert not Label.objects.exists()
    assert {(s.channel, s.submitter) for s in Submission.objects.all()} == {("import", None)}
    again = done(import_folder(path=str(incoming), labelled=False, by=administrator))
    assert again.outcome == "0 imported, 3 were here already, 2 refused, for the reasons below."
    assert Image.objects.count() == 3


def test_a_zip_is_imported_and_then_deleted(administrator: User) -> None:
    job = import_zip(file=zipped(FILES), name="pictures.zip", labelled=True, by=administrator)
    place = job.options["place"]
    assert default_storage.exists(place)
    assert discard_sent_zips() == 0, "it is still needed"

    done(job)
    assert (job.title, job.state) == ("Import of pictures.zip", "done")
    assert outcomes(job) == EXPECTED
    assert discard_sent_zips() == 1
    assert not default_storage.exists(place)
    assert discard_sent_zips() == 0


def test_a_zip_that_cannot_be_deleted_keeps_no_other(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = (
        import_zip(file=zipped(FILES), name="a.zip", labelled=False, by=administrator).options[
            "place"
        ]
        for _ in range(2)
    )
    Job.objects.update(state="failed")
    with monkeypatch.context() as broken:
        refuse_to_delete(broken, lambda name: name == stuck)
        assert discard_sent_zips() == 1
    assert (default_storage.exists(stuck), default_storage.exists(other)) == (True, False)
    assert discard_sent_zips() == 1
    assert not default_storage.exists(stuck)


def test_what_was_done_before_a_worker_died_is_not_done_again(
    incoming: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = import_folder(path=str(incoming), labelled=True, by=administrator)
    JobItem.objects.create(job=job, name="ai/one.jpg", outcome="done")
    done(job)
    assert outcomes(job) == EXPECTED
    assert [label.value for label in Label.objects.all()] == ["human"]


def test_it_stops_where_somebody_wants_it_to(
    incoming: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = import_folder(path=str(incoming), labelled=True, by=administrator)
    real = importing.import_labelled

    def first_and_cancel(*args: Any, **kwargs: Any) -> Any:
        Job.objects.filter(pk=job.pk).update(cancel_asked_at=job.created_at)
        return real(*args, **kwargs)

    monkeypatch.setattr(importing, "import_labelled", first_and_cancel)
    monkeypatch.setattr("worker.services.jobs.work.WRITE_EVERY", 0)
    done(job)
    assert job.state == "cancelled"
    assert 0 < len(outcomes(job)) < len(EXPECTED)


@pytest.mark.parametrize("labelled", [True, False])
def test_it_stops_where_whoever_asked_may_import_no_more(
    incoming: Path, administrator: User, monkeypatch: pytest.MonkeyPatch, labelled: bool
) -> None:
    job = import_folder(path=str(incoming), labelled=labelled, by=administrator)
    name = "import_labelled" if labelled else "import_unlabelled"
    real = getattr(importing, name)

    def first_and_last(*args: Any, **kwargs: Any) -> Any:
        entry = real(*args, **kwargs)
        administrator.groups.clear()
        return entry

    monkeypatch.setattr(importing, name, first_and_last)
    done(job)
    assert (job.state, job.outcome) == ("failed", "Only administrators may do this.")
    assert list(outcomes(job)) == ["ai/one.jpg"]
    assert Image.objects.count() == 1


@pytest.mark.parametrize("place", ["/etc", "..", "", "relative", "/", "\x00", "a" * 501])
def test_no_other_folder_is_read(place: str, incoming: Path, administrator: User) -> None:
    with pytest.raises((NotAllowed, InvalidRequest)):
        import_folder(path=place, labelled=False, by=administrator)
    with pytest.raises((NotAllowed, InvalidRequest)):
        import_folder(path=f"{incoming}/../{place}", labelled=False, by=administrator)
    assert not Job.objects.exists()


def test_no_symlink_leads_out(incoming: Path, administrator: User, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(noise(9))
    (incoming / "ai" / "link.jpg").symlink_to(outside / "secret.jpg")
    (incoming / "way").symlink_to(outside)
    with pytest.raises(NotAllowed):
        import_folder(path=str(incoming / "way"), labelled=False, by=administrator)

    job = done(import_folder(path=str(incoming), labelled=True, by=administrator))
    assert outcomes(job) == EXPECTED


@pytest.mark.parametrize("labelled", [True, False])
def test_a_name_that_is_no_text_stops_no_import(
    incoming: Path, administrator: User, labelled: bool
) -> None:
    """Of older computers: Latin-1, as in ``café``. No row takes such a name as it is."""
    for seed, name in ((5, b"ai/caf\xe9.jpg"), (6, b"ai/caf\xe8.jpg"), (7, b"ai/\xe9t\xe9/a.jpg")):
        path = Path(os.fsdecode(os.fsencode(incoming) + b"/" + name))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(noise(seed))
    job = import_folder(path=str(incoming), labelled=labelled, by=administrator)
    done(job)
    assert job.state == "done"
    named = {"ai/caf%E9.jpg", "ai/caf%E8.jpg", "ai/%E9t%E9/a.jpg"}
    assert {name for name, (outcome, _) in outcomes(job).items() if outcome == "done"} > named
    kept = Submission.objects.values_list("filename", flat=True)
    assert {"caf%E9.jpg", "caf%E8.jpg", "a.jpg"} < set(kept)


def test_no_symlink_of_such_a_name_leads_out(
    incoming: Path, administrator: User, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(noise(9))
    Path(os.fsdecode(os.fsencode(incoming) + b"/ai/\xe9.jpg")).symlink_to(secret)
    job = done(import_folder(path=str(incoming), labelled=True, by=administrator))
    assert outcomes(job) == EXPECTED


def test_a_folder_that_is_gone_or_empty_is_said(
    incoming: Path, administrator: User, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="no folder"):
        import_folder(path=str(incoming / "none"), labelled=True, by=administrator)
    (incoming / "empty").mkdir()
    job = done(import_folder(path=str(incoming / "empty"), labelled=True, by=administrator))
    assert (job.state, job.outcome) == ("failed", "There is no file to import there.")


def test_a_closed_bucket_stays_closed(administrator: User, settings) -> None:
    settings.IMPORT_PREFIXES = ["gs://lab/incoming"]
    for address, error in (("gs://lab/incoming-secret", NotAllowed), ("/etc", InvalidRequest)):
        with pytest.raises(error):
            import_bucket(address=address, labelled=True, by=administrator)
    assert not Job.objects.exists()


@pytest.mark.parametrize("who", ["outsider", "reviewer", "adjudicator"])
def test_only_administrators_import(
    who: str, incoming: Path, request: pytest.FixtureRequest, settings
) -> None:
    person = request.getfixturevalue(who)
    settings.IMPORT_PREFIXES = ["gs://lab/"]
    with pytest.raises(NotAllowed):
        import_folder(path=str(incoming), labelled=True, by=person)
    with pytest.raises(NotAllowed):
        import_bucket(address="gs://lab/", labelled=True, by=person)
    with pytest.raises(NotAllowed):
        import_zip(file=zipped(FILES), name="a.zip", labelled=True, by=person)
    assert not Job.objects.exists()
    assert not Path(default_storage.path("imports")).exists()


# --- what a zip can do to whoever opens it ----------------------------------------------------


def refusals(archive: io.BytesIO) -> dict[str, str]:
    """What is said of each entry, empty where it is read."""
    said = {}
    with open_zip(archive) as opened:
        for one in zip_candidates(opened):
            try:
                one.read()
                said[one.name] = ""
            except PictureRefused as error:
                said[one.name] = error.message
    return said


def test_names_that_lead_out_are_refused() -> None:
    names = ["../../etc/passwd", "/etc/passwd", "a/../../b.jpg", "C:\\x.jpg", "ok/fine.jpg"]
    said = refusals(zipped(dict.fromkeys(names, b"x")))
    leads_out = "This file's name leads out of the zip."
    assert said == dict.fromkeys(names, leads_out) | {"ok/fine.jpg": ""}


def test_a_bomb_is_refused_before_it_grows() -> None:
    bomb = zipped({"bomb.png": bytes(15 * 2**20), "honest.png": bytes(1000)})
    said = refusals(bomb)
    assert said == {"bomb.png": "This file is packed like no picture.", "honest.png": ""}


def test_an_entry_that_lies_about_its_length_is_read_no_further_than_a_picture() -> None:
    """Headers say 10 bytes; there are 40 MB behind them."""
    data = bytearray(zipped({"liar.png": bytes(40 * 2**20)}).getvalue())
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.index(signature) + at
        data[start : start + 4] = struct.pack("<I", 10)
    (words,) = refusals(io.BytesIO(bytes(data))).values()
    assert words == "This file is damaged within the zip."


def test_a_file_beyond_the_bound_of_a_picture_is_refused() -> None:
    noise_of_21_mb = b"".join(bytes([n % 251]) * 999 for n in range(22_100))
    said = refusals(zipped({"large.png": noise_of_21_mb}, kind=zipfile.ZIP_STORED))
    assert said == {"large.png": "This file is larger than 20 MB."}


def test_links_and_encrypted_files_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("ai/link.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("ai/secret.jpg", b"x")
    data = bytearray(out.getvalue())
    at = data.rindex(b"PK\x01\x02") + 8
    data[at] |= 1  # the entry in the directory says that it is encrypted
    assert refusals(io.BytesIO(bytes(data))) == {
        "ai/link.jpg": "This is a link to another file, not a file.",
        "ai/secret.jpg": "This file is encrypted.",
    }


def test_a_zip_in_a_zip_is_no_picture(administrator: User) -> None:
    inner = zipped({"ai/one.jpg": noise(1)}).getvalue()
    files = {"ai/inner.zip": inner}
    job = done(import_zip(file=zipped(files), name="a.zip", labelled=True, by=administrator))
    assert outcomes(job) == {"ai/inner.zip": ("refused", "unsupported_type")}


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", noise(1)])
def test_what_is_no_zip_is_refused_and_leaves_nothing(data: bytes, administrator: User) -> None:
    with pytest.raises(InvalidRequest, match="no zip"):
        import_zip(file=io.BytesIO(data), name="a.zip", labelled=True, by=administrator)
    assert not Job.objects.exists()
    assert not Path(default_storage.path("imports")).exists()


def test_too_many_entries_are_refused(administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelling.import_zip.MOST_ENTRIES", 2)
    with pytest.raises(InvalidRequest, match="at most 2 files"):
        import_zip(file=zipped(FILES), name="a.zip", labelled=True, by=administrator)


def test_no_mutation_of_a_zip_breaks_the_job(administrator: User) -> None:
    """Bytes of an honest zip changed one after another: every job ends in words."""
    honest = zipped({"ai/one.jpg": noise(1, size=(32, 32))}).getvalue()
    for at in range(0, len(honest), max(1, len(honest) // 60)):
        data = bytearray(honest)
        data[at] ^= 0xFF
        try:
            said = refusals(io.BytesIO(bytes(data)))
        except InvalidRequest:
            continue
        assert all(isinstance(words, str) for words in said.values())


# --- the page ----------------------------------------------------------------------------------


def test_an_administrator_sends_a_zip_by_the_page(client, administrator: User) -> None:
    client.force_login(administrator)
    sent = SimpleUploadedFile("Holiday.zip", zipped(FILES).getvalue())
    answer = client.post("/imports/", {"source": "zip", "file": sent, "labelled": "1"})
    job = Job.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/jobs/{job.pk}/")
    assert (job.title, job.options["labelled"]) == ("Import of Holiday.zip", True)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"source": "zip"}, 422),
        ({"source": "folder", "place": "/etc"}, 403),
        ({"source": "bucket", "place": "gs://x/"}, 403),
        ({"source": "bucket", "place": "http://x/"}, 400),
        ({"source": "url", "place": "http://x/"}, 400),
    ],
)
def test_what_cannot_be_imported_is_said(
    client, administrator: User, form: dict[str, str], status: int
) -> None:
    client.force_login(administrator)
    assert client.post("/imports/", form).status_code == status
    assert not Job.objects.exists()


def test_a_zip_beyond_the_bound_is_refused_before_it_is_read(
    client, administrator: User, reviewer: User, settings
) -> None:
    settings.IMPORT_ZIP_BYTES = 1000
    sent = SimpleUploadedFile("a.zip", bytes(3 * 2**20))
    client.force_login(administrator)
    answer = client.post("/imports/", {"source": "zip", "file": sent})
    assert answer.status_code == 413
    assert "AIVH_IMPORT_ZIP_MB" in answer.content.decode()
    assert not Job.objects.exists()


def test_nobody_else_has_room_for_more_than_a_picture_there(client, reviewer: User) -> None:
    client.force_login(reviewer)
    sent = SimpleUploadedFile("a.zip", bytes(22 * 2**20))
    assert client.post("/imports/", {"source": "zip", "file": sent}).status_code == 413
