"""The site's storage as the shelf on which machines share bundles: local files, and a bucket."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from google.auth.credentials import AnonymousCredentials

from classifier.detector.bundle import read_bundle
from classifier.errors import BundleNotFound, RegistryUnavailable
from classifier.registry import open_registry
from classifier.registry.shared import SharedRegistry
from classifier.serving import registry
from classifier.shelf import StorageShelf
from tests.classifier.synthetic import make_bundle
from tests.servers.gcs import BUCKET

BUCKET_STORAGE = {
    "BACKEND": "storages.backends.gcloud.GoogleCloudStorage",
    "OPTIONS": {
        "bucket_name": BUCKET,
        "default_acl": None,
        "file_overwrite": True,
        "project_id": "emulator",
        "credentials": AnonymousCredentials(),
    },
}


@pytest.fixture(params=["local files", "bucket"])
def shelf(
    request: pytest.FixtureRequest, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> StorageShelf:
    if request.param == "bucket":
        address = request.getfixturevalue("gcs_emulator")
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        settings.STORAGES = settings.STORAGES | {"default": BUCKET_STORAGE}
    return StorageShelf("tests")


def test_a_bundle_goes_through_the_storage(shelf: StorageShelf, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle")
    reference = open_registry(root=tmp_path / "one", shelf=shelf).put(bundle.path)

    found = open_registry(root=tmp_path / "two", shelf=shelf).get(reference)

    assert read_bundle(found).digest == reference
    assert default_storage.exists(f"models/{reference}/bundle.json")
    assert default_storage.exists(f"models/files/{bundle.backbone_digest}")


def test_what_is_not_there_is_told_apart_from_what_cannot_be_asked(
    shelf: StorageShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not shelf.holds("models/none")
    with pytest.raises(BundleNotFound):
        shelf.fetch("models/none", tmp_path / "none")

    def away(*_: object) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr("classifier.shelf.default_storage", SimpleNamespace(open=away))
    with pytest.raises(RegistryUnavailable, match="The shared storage does not answer: no route"):
        shelf.fetch("models/none", tmp_path / "none")


def test_only_a_site_with_a_bucket_shares(settings: LazySettings) -> None:
    assert not isinstance(registry(), SharedRegistry)
    settings.BUNDLE_SHELF = "gs://pictures"
    assert isinstance(registry(), SharedRegistry)
