"""The media folder and the bucket: written, read, deleted; signed addresses; CORS."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import Storage, default_storage
from google.auth import crypt
from google.oauth2 import service_account

from aivh import env
from aivh.doctor import storage
from aivh.doctor.checks import all_checks
from labelling.storage import WholeFileStorage
from tests.aivh.doctor.conftest import as_nobody
from tests.aivh.doctor.saying import doubt, failure
from tests.servers.gcs import BUCKET, stored_names
from tests.storage.conftest import bucket  # noqa: F401 - a fixture
from tests.storage.keys import key_of_nobody


@pytest.fixture
def read_only_media(settings) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="aivh-media-"))  # everybody may go there
    folder.chmod(0o555)
    settings.MEDIA_ROOT = folder
    yield folder
    shutil.rmtree(folder)


def test_a_folder_is_written_read_and_left_as_it_was(settings) -> None:
    assert storage.pictures() == f"{settings.MEDIA_ROOT}: written, read, deleted"
    assert list(Path(settings.MEDIA_ROOT).iterdir()) == []
    assert not {"signed address", "cors"} & set(all_checks())


def test_a_folder_that_is_read_only(read_only_media: Path) -> None:
    with as_nobody():
        wrong = failure(storage.pictures)
    assert wrong.words.startswith(f"{read_only_media} cannot be written to: [Errno 13]")
    assert "Give the folder to the user who runs the site" in wrong.todo


def test_a_disk_that_forgets(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real = WholeFileStorage._save

    def lose(self: WholeFileStorage, name: str, content: Any) -> str:
        saved = real(self, name, content)
        Path(self.path(name)).write_bytes(b"")
        return saved

    monkeypatch.setattr(WholeFileStorage, "_save", lose)
    assert "gives back other bytes than it was given" in failure(storage.pictures).words
    assert list(Path(settings.MEDIA_ROOT).iterdir()) == []


@pytest.fixture
def pail(bucket: Storage, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: F811
    monkeypatch.setattr(env, "GS_BUCKET_NAME", BUCKET)
    return bucket


def test_a_bucket_is_written_read_and_left_as_it_was(pail: Any, gcs_emulator: str) -> None:
    before = stored_names(gcs_emulator)
    assert storage.pictures() == f"gs://{BUCKET}: written, read, deleted"
    assert stored_names(gcs_emulator) == before
    assert {"signed address", "cors"} < set(all_checks())


def test_a_bucket_that_there_is_not(pail: Any, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    options = settings.STORAGES["default"]["OPTIONS"] | {"bucket_name": "nowhere"}
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": options}
    }
    monkeypatch.setattr(env, "GS_BUCKET_NAME", "nowhere")
    wrong = failure(storage.pictures)
    assert wrong.words.startswith("gs://nowhere cannot be written to: ")
    assert "GS_BUCKET_NAME" in wrong.todo
    assert doubt(storage.signed_address).todo.startswith("Mend the storage first")
    assert "storage.buckets.get" in doubt(storage.cors).todo


def test_credentials_that_cannot_sign(pail: Any, gcs_emulator: str) -> None:
    before = stored_names(gcs_emulator)
    told = doubt(storage.signed_address)
    assert told.words == "These credentials have no key to sign with"
    assert "service account" in told.todo
    assert stored_names(gcs_emulator) == before


@pytest.fixture
def signing(pail: Any, gcs_emulator: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Credentials with a key. The emulator serves what is signed without looking at it."""
    signer = crypt.RSASigner.from_string(key_of_nobody()[0])
    key = service_account.Credentials(
        signer, "reader@aivh.example", "https://oauth2.googleapis.com/token"
    )
    monkeypatch.setattr(key, "before_request", lambda *_: None)  # it would ask Google for a token
    pail.client._credentials = key
    pail.custom_endpoint = f"{gcs_emulator}/{BUCKET}"
    return pail


def test_a_signed_address_is_read(signing: Any) -> None:
    assert storage.signed_address() == "signed and read"


def test_a_signed_address_that_is_not_served(signing: Any, gcs_emulator: str) -> None:
    signing.custom_endpoint = f"{gcs_emulator}/another-bucket"
    told = doubt(storage.signed_address)
    assert told.words.startswith("What was signed is not served: HTTP Error 404")
    assert "X-Goog" not in told.words


def test_a_bucket_without_cors(pail: Any, settings) -> None:
    settings.SITE_URL = "https://aivh.example"
    told = doubt(storage.cors)
    assert told.words == f"gs://{BUCKET} has no rules"
    assert '[{"origin": ["https://aivh.example"], "method": ["GET"]}]' in told.todo
    assert f"gcloud storage buckets update gs://{BUCKET} --cors-file=cors.json" in told.todo


@pytest.mark.parametrize(
    ("origins", "methods", "admitted"),
    [
        (["https://aivh.example"], ["GET", "HEAD"], True),
        (["*"], ["*"], True),
        (["https://another.example"], ["GET"], False),
        (["https://aivh.example"], ["PUT"], False),
    ],
)
def test_rules_for_this_site_or_for_another(
    pail: Any, settings, origins: list[str], methods: list[str], admitted: bool
) -> None:
    settings.SITE_URL = "https://aivh.example"
    held = default_storage.client.get_bucket(BUCKET)
    held.cors = [{"origin": origins, "method": methods}]
    held.patch()
    try:
        if admitted:
            assert storage.cors() == "pages of https://aivh.example may read"
        else:
            assert "may not read" in doubt(storage.cors).words
    finally:
        held.cors = []
        held.patch()
