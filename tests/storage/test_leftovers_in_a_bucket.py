"""Files that no row names, in a bucket: listed page by page, told by the bucket's own clock."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from google.cloud.storage import Bucket

from labelling.models import Image
from labelling.stored_files import stored_files
from tests.worker.leftovers.conftest import digest, original
from tests.worker.snapshots import freeze
from worker.services.leftovers import discarding
from worker.services.leftovers.discarding import discard_leftovers
from worker.services.manifest import manifest_name

pytestmark = pytest.mark.django_db


def names(bucket: Storage) -> list[str]:
    folders = ("images", "renditions", "exports", "imports", "models", "snapshots", "elsewhere")
    return [file.name for folder in folders for file in stored_files(folder)]


def test_what_is_listed_has_its_name_and_time_and_goes_on_behind_a_name(
    bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        bucket.save(original(number), ContentFile(b"x"))
    bucket.save("images.txt", ContentFile(b"x"))
    asked, honest = [], Bucket.list_blobs

    def listing(self: Bucket, **about: str) -> object:
        asked.append(about)
        return honest(self, **about)

    monkeypatch.setattr(Bucket, "list_blobs", listing)
    found = list(stored_files("images"))
    assert [file.name for file in found] == [original(1), original(2), original(3)]
    assert found[0].modified_at == bucket.get_modified_time(original(1))
    assert [file.name for file in stored_files("images", after=original(2))] == [original(3)]
    # The emulator knows no offset; Google's server begins there.
    place = bucket.location
    assert [about["start_offset"] for about in asked] == [None, f"{place}/{original(2)}"]
    assert {about["prefix"] for about in asked} == {f"{place}/images/"}


def test_what_no_row_names_goes_from_a_bucket_when_it_is_old(
    bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.objects.create(sha256=digest(1), original=original(1), width=1, height=1, size=1)
    kept = [
        original(1),
        original(2),  # which the snapshot names that was carried here
        f"renditions/{digest(1)}/thumb.webp",
        f"models/{digest(3)}/bundle.json",
        manifest_name(freeze([digest(2)])),
        "elsewhere/file.txt",
    ]
    left = [
        original(3),
        f"renditions/{digest(3)}/thumb.webp",
        "exports/12-abcdefghijklmnop.csv",
        "imports/abcdefghijklmnopqrstuv.zip",
    ]
    for name in {*kept, *left} - {kept[4]}:
        bucket.save(name, ContentFile(b"x"))

    assert discard_leftovers()["deleted"] == 0
    assert sorted(names(bucket)) == sorted(kept + left)

    monkeypatch.setattr(discarding, "AGE", timedelta(0))
    rounds = [discard_leftovers(seconds=0)["deleted"] for _ in range(12)]

    assert sum(rounds) == 4
    assert sorted(names(bucket)) == sorted(kept)
