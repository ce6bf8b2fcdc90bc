"""Class folders of another bucket's prefix become labelled pictures, where a setting opens them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.core.management import CommandError, call_command
from google.cloud.storage import Blob

from classifier.errors import NotAllowed, PictureRefused
from labelling.importable import candidates, check_may_read
from labelling.models import Image, Label, User
from tests.labelling.pictures import noise
from tests.servers.gcs import BUCKET

pytestmark = pytest.mark.django_db


@pytest.fixture
def incoming(bucket: Storage, settings) -> str:
    """The address of a folder in the bucket that may be imported; it holds three pictures."""
    place = settings.STORAGES["default"]["OPTIONS"]["location"]
    settings.GOOGLE_CLOUD_OPTIONS = settings.STORAGES["default"]["OPTIONS"] | {"location": ""}
    settings.IMPORT_PREFIXES = [f"gs://{BUCKET}/{place}/incoming"]
    for name, data in {
        "incoming/ai/new/one.jpg": noise(1),
        "incoming/Real/two.png": noise(2, kind="PNG"),
        "incoming/real/broken.jpg": b"\xff\xd8\xff broken",
        "incoming/.keep": b"",
        "incoming-secret/ai/three.jpg": noise(3),
    }.items():
        bucket.save(name, ContentFile(data))
    return f"gs://{BUCKET}/{place}/incoming"


def run(source: str, by: User, journal: Path) -> str:
    out = io.StringIO()
    with pytest.raises(SystemExit):  # one of the files is broken
        call_command(
            *("import_folder", source, "--by", by.username, "--journal", str(journal)),
            stdout=out,
            stderr=io.StringIO(),
        )
    return out.getvalue()


def test_a_prefix_is_imported_and_the_next_time_not_read_again(
    incoming: str, administrator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run(incoming, administrator, tmp_path / "j")

    assert "      2  imported" in out
    labels = Label.objects.values_list("image__submissions__filename", "value")
    assert sorted(labels) == [("one.jpg", "ai"), ("two.png", "human")]
    lines = [json.loads(line) for line in (tmp_path / "j").read_text().splitlines()]
    assert {line["name"]: line["code"] for line in lines} == {
        "Real/two.png": "",
        "ai/new/one.jpg": "",
        "real/broken.jpg": "corrupt_picture",
    }

    read, honest = [], Blob.download_as_bytes

    def counting(self: Blob, **options: Any) -> bytes:
        read.append(self.name)
        return bytes(honest(self, **options))

    monkeypatch.setattr(Blob, "download_as_bytes", counting)
    out = run(incoming + "/", administrator, tmp_path / "j")
    assert "      2  done before" in out
    assert [name.rsplit("/", 1)[1] for name in read] == ["broken.jpg"]
    assert Image.objects.count() == 2


@pytest.mark.parametrize(
    "source", ["{}-secret", "gs://other/incoming", "gs://", "gs:///incoming", "gs://{}"]
)
def test_what_no_setting_opens_is_not_read(incoming: str, administrator: User, source: str) -> None:
    with pytest.raises(CommandError, match="AIVH_IMPORT_PREFIXES does not name"):
        call_command("import_folder", source.format(incoming), "--by", administrator.username)
    assert not Image.objects.exists()


def test_a_bucket_has_no_folder_above(incoming: str) -> None:
    assert list(candidates(f"{incoming}/../incoming-secret")) == []


def test_without_the_setting_no_bucket_is_open(settings) -> None:
    settings.IMPORT_PREFIXES = []
    with pytest.raises(NotAllowed):
        check_may_read("gs://lab/incoming")
    settings.IMPORT_PREFIXES = ["gs://lab/incoming/"]
    check_may_read("gs://lab/incoming")
    check_may_read("gs://lab/incoming/deep/er")
    with pytest.raises(NotAllowed):
        check_may_read("gs://lab/incoming2")


def test_a_file_beyond_the_bound_is_not_downloaded(
    incoming: str, bucket: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelling.importable.MAX_BYTES", 500)
    bucket.save("incoming/ai/large.jpg", ContentFile(b"x" * 501))
    (large,) = [one for one in candidates(incoming) if one.name == "ai/large.jpg"]
    monkeypatch.setattr(Blob, "download_as_bytes", None)
    with pytest.raises(PictureRefused, match="larger than 20 MB"):
        large.read()
