"""``GS_BUCKET_NAME``: the same site with its files in a bucket, here of a storage emulator."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from gcp_storage_emulator.server import create_server
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from tests.labelling.pictures import noise
from tests.site import free_port, running_site

pytestmark = pytest.mark.site
BUCKET = "pictures"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, storage.Bucket]]:
    """The emulator's address and a bucket in it."""
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True)
    server.start()
    address = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    client = storage.Client(credentials=AnonymousCredentials(), project="tests")
    try:
        yield address, client.create_bucket(BUCKET)
    finally:
        server.stop()


def test_pictures_are_kept_in_the_bucket_and_classified_from_there(
    emulator: tuple[str, storage.Bucket],
) -> None:
    address, bucket = emulator
    environment = {"GS_BUCKET_NAME": BUCKET, "STORAGE_EMULATOR_HOST": address}
    data = noise(77)
    with running_site(environment=environment) as site:
        token = site.person("program")
        picture = {"file": ("noise.jpg", data, "image/jpeg")}
        for _ in range(2):  # the same bytes twice are one object
            answer = site.api("POST", "/api/v1/images/?wait=30", token=token, files=picture)
            assert answer.status_code == 200, f"{answer.text}\n{site.log}"
            assert answer.json()["finding"] is not None
        original = site.api("GET", f"/api/v1/images/{answer.json()['id']}/original/", token=token)
        assert original.content == data
        assert not (site.data_dir / "media").exists()
    kept = [blob for blob in bucket.list_blobs() if blob.download_as_bytes() == data]
    assert len(kept) == 1
    assert sha256(data).hexdigest() in kept[0].name
