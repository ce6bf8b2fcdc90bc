"""The emulator's bucket in the place of the local folder, in this very process."""

from uuid import uuid4

import pytest
from django.core.files.storage import Storage, default_storage
from google.auth.credentials import AnonymousCredentials

from tests.servers.gcs import BUCKET


@pytest.fixture
def bucket(
    gcs_emulator: str, settings, monkeypatch: pytest.MonkeyPatch, tmp_path, clean_site: None
) -> Storage:
    """An empty place of the bucket as the default storage, and an empty cache of pictures."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_emulator)
    options = settings.GOOGLE_CLOUD_OPTIONS | {
        "bucket_name": BUCKET,
        "location": uuid4().hex,
        "credentials": AnonymousCredentials(),
        "project_id": "emulator",
    }
    gcloud = {"BACKEND": "storages.backends.gcloud.GoogleCloudStorage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": gcloud}
    settings.PICTURE_CACHE = tmp_path / "cache"
    return default_storage
