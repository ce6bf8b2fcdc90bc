"""What a training reads from a bucket: every picture once, ahead, and from this machine after.

The emulator answers as Google's server does, but compares no preconditions and checks no
signatures; docs/snapshots.md says what that leaves open.
"""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from google.auth import crypt
from google.oauth2 import service_account
from storages.backends.gcloud import GoogleCloudStorage

from classifier.training.manifest import read_entries
from classifier.training.progress import silent
from labelling.models import Image
from labelling.originals import name_by_content
from labelling.storage import WholeFileStorage
from tests.storage.keys import key_of_nobody
from tests.worker.snapshots import freeze, pictures, put
from worker.models import DatasetSnapshot
from worker.services import checkout
from worker.services.checkout import Report
from worker.services.finetuning import fetch_pictures
from worker.services.pictures import PictureCorrupt, picture_cache, prefetched, read_picture

Opened = list[str]


def tell_nobody(report: Report) -> None:
    """Nobody looks on."""


@pytest.fixture
def opened(bucket: Storage, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The names that the bucket is asked for, as they are asked for."""
    names: Opened = []
    honest = GoogleCloudStorage.open

    def counting(self: GoogleCloudStorage, name: str, mode: str = "rb") -> object:
        names.append(name)
        return honest(self, name, mode)

    monkeypatch.setattr(GoogleCloudStorage, "open", counting)
    return names


def rows(originals: dict[str, bytes]) -> list[Image]:
    """Pictures as rows that need no database."""
    return [
        Image(sha256=digest, original=name_by_content(digest, data))
        for digest, data in originals.items()
    ]


def test_a_file_is_uploaded_listed_read_and_deleted(bucket: Storage) -> None:
    for name in ("a/one.txt", "a/two.txt", "a/deep/three.txt"):
        assert bucket.save(name, ContentFile(name.encode())) == name
    assert bucket.exists("a/one.txt")
    assert bucket.size("a/one.txt") == len("a/one.txt")
    folders, files = bucket.listdir("a")
    assert (folders, sorted(files)) == (["deep"], ["one.txt", "two.txt"])
    with bucket.open("a/deep/three.txt") as file:
        assert file.read() == b"a/deep/three.txt"

    bucket.delete("a/one.txt")
    bucket.delete("a/one.txt")  # twice is as good as once

    assert not bucket.exists("a/one.txt")
    with pytest.raises(FileNotFoundError):
        bucket.open("a/one.txt")


def test_the_same_name_again_is_the_same_file(bucket: Storage) -> None:
    assert bucket.save("a.txt", ContentFile(b"one")) == "a.txt"
    assert bucket.save("a.txt", ContentFile(b"two")) == "a.txt"
    with bucket.open("a.txt") as file:
        assert file.read() == b"two"


def test_an_address_is_signed_for_one_object_and_a_time(bucket: Storage) -> None:
    """Signed here and checked with the key's other half, as Google does; the emulator does not."""
    key, certificate = key_of_nobody()
    signer = crypt.RSASigner.from_string(key)
    bucket.client._credentials = service_account.Credentials(
        signer, "reader@aivh.example", "https://oauth2.googleapis.com/token"
    )

    bucket.expiration = timedelta(seconds=60)
    address = urlsplit(bucket.url("a/one.txt"))

    said = {name: values[0] for name, values in parse_qs(address.query).items()}
    who, scope = said["X-Goog-Credential"].split("/", 1)
    assert (address.path.endswith("/a/one.txt"), said["X-Goog-Expires"]) == (True, "60")
    assert who == "reader@aivh.example"
    request = address.query.split("&X-Goog-Signature=")[0]
    lines = ["GET", address.path, request, f"host:{address.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    digest = sha256("\n".join(lines).encode()).hexdigest()
    text = "\n".join(["GOOG4-RSA-SHA256", said["X-Goog-Date"], scope, digest])
    signature = bytes.fromhex(said["X-Goog-Signature"])
    assert crypt.verify_signature(text, signature, certificate)
    assert not crypt.verify_signature(text.replace("GET", "PUT") + " ", signature, certificate)


@pytest.mark.slow
def test_a_thousand_pictures_go_there_and_back(bucket: Storage, tmp_path: Path) -> None:
    originals = pictures(1000, size=(8, 6), kinds=("JPEG",))
    assert len(originals) == 1000
    folder = WholeFileStorage(location=tmp_path / "there")
    put(originals.items(), storage=folder)
    digest = freeze(originals, storage=folder)
    Path(folder.path(f"snapshots/{digest}/manifest.jsonl")).rename(folder.path("manifest.jsonl"))

    pushed = checkout.push(tmp_path / "there", told=tell_nobody)
    pulled = checkout.pull(digest, tmp_path / "back", told=tell_nobody)

    assert (pushed.brought, pushed.missing, pushed.failed) == (1000, [], {})
    assert (pulled.brought, pulled.missing, pulled.failed) == (1000, [], {})
    entries = read_entries(tmp_path / "back" / "manifest.jsonl")
    assert {sha256(e.path.read_bytes()).hexdigest() for e in entries} == set(originals)


def test_a_training_reads_ahead_in_order_and_each_picture_once(
    bucket: Storage, opened: Opened
) -> None:
    originals = pictures(30)
    put(originals.items())
    images = rows(originals)
    opened.clear()

    came = [(fetched.image, fetched.original()) for fetched in prefetched(images, threads=4)]
    again = [fetched.original() for fetched in prefetched(images, threads=4)]

    assert came == list(zip(images, originals.values(), strict=True))
    assert again == list(originals.values())
    assert sorted(opened) == sorted(image.original for image in images)


def test_a_picture_that_changed_in_the_bucket_is_refused_and_not_kept(bucket: Storage) -> None:
    originals = pictures(2)
    put(originals.items())
    changed, whole = rows(originals)
    bucket.save(changed.original, ContentFile(b"something else"))

    first, second = prefetched([changed, whole])

    with pytest.raises(PictureCorrupt, match="not as it was put there"):
        first.original()
    assert second.original() == originals[whole.sha256]
    assert picture_cache().read(changed.sha256) is None


def test_a_cached_picture_that_was_changed_is_fetched_anew(bucket: Storage, opened: Opened) -> None:
    originals = pictures(1)
    put(originals.items())
    (image,) = rows(originals)
    read_picture(image)
    (kept,) = Path(picture_cache()._folder).glob("??/*")
    kept.write_bytes(b"a broken disk")
    opened.clear()

    assert read_picture(image) == originals[image.sha256]

    assert opened == [image.original]
    assert kept.read_bytes() == originals[image.sha256]


def test_local_files_are_read_where_they_lie(settings, tmp_path: Path) -> None:
    settings.PICTURE_CACHE = tmp_path / "cache"
    originals = pictures(3)
    put(originals.items())
    came = [fetched.original() for fetched in prefetched(rows(originals))]
    assert came == list(originals.values())
    assert not (tmp_path / "cache").exists()


@pytest.mark.django_db
def test_a_fine_tuning_reads_local_files_as_they_lie_and_fetches_a_buckets(
    bucket: Storage, tmp_path: Path, settings
) -> None:
    originals = pictures(4)
    put(originals.items())
    snapshot = DatasetSnapshot.objects.create(digest="f" * 64, manifest="m", ai=0, human=0, gold=0)
    for image in rows(originals):
        image.content_type, image.width, image.height, image.size = "image/png", 16, 12, 1
        image.save()
        snapshot.items.create(
            image=image, sha256=image.sha256, label="ai", use="train", group=image.sha256
        )
    gone = min(originals)
    bucket.delete(name_by_content(gone, originals[gone]))

    fetched = fetch_pictures(snapshot, tmp_path / "fetched", silent)

    there = {digest: data for digest, data in originals.items() if digest != gone}
    assert {digest: file.read_bytes() for digest, file in fetched.items()} == there
    assert {file.parent for file in fetched.values()} == {tmp_path / "fetched"}

    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "labelling.storage.WholeFileStorage"}
    }
    put(there.items())
    assert fetch_pictures(snapshot, tmp_path / "unused", silent) == {
        digest: Path(default_storage.path(name_by_content(digest, data)))
        for digest, data in there.items()
    }
    assert not (tmp_path / "unused").exists()
