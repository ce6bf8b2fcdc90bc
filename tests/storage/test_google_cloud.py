"""``GS_BUCKET_NAME`` puts a bucket in the place of the local folder, and nothing else changes.

The emulator shows that the requests are right. It cannot show permissions, signatures and
preconditions.
"""

from collections.abc import Iterator
from hashlib import sha256

import pytest
import requests

from tests.labelling.pictures import noise, truncated_jpeg
from tests.servers.gcs import BUCKET, stored_names
from tests.site import Site, running_site

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def cloud_site(gcs_emulator: str) -> Iterator[Site]:
    environment = {"GS_BUCKET_NAME": BUCKET, "STORAGE_EMULATOR_HOST": gcs_emulator}
    with running_site(environment=environment) as site:
        yield site


def upload(site: Site, token: str, picture: bytes) -> requests.Response:
    files = {"file": ("picture.jpg", picture, "image/jpeg")}
    return site.api("POST", "/api/v1/images/?wait=30", token=token, files=files, timeout=60)


def test_a_picture_lies_in_the_bucket_once_and_is_classified(
    cloud_site: Site, gcs_emulator: str
) -> None:
    token = cloud_site.person("cloud")
    picture = noise(7001)
    name = f"images/{sha256(picture).hexdigest()[:2]}/{sha256(picture).hexdigest()}.jpg"

    first, second = (upload(cloud_site, token, picture) for _ in range(2))

    assert first.status_code == second.status_code == 200, first.text
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["finding"]["verdict"] in ("ai", "human", "uncertain")
    assert stored_names(gcs_emulator, name) == [name]
    assert not (cloud_site.data_dir / "media").exists()


def test_the_original_and_a_copy_come_back(cloud_site: Site, gcs_emulator: str) -> None:
    token = cloud_site.person("cloud")
    picture = noise(7002)
    image = upload(cloud_site, token, picture).json()["id"]

    for _ in range(2):  # made, then read from the bucket
        copy = cloud_site.api("GET", f"/api/v1/images/{image}/rendition/thumb/", token=token)
        assert copy.status_code == 200
        assert copy.content[8:12] == b"WEBP"
    original = cloud_site.api("GET", f"/api/v1/images/{image}/original/", token=token)
    assert original.content == picture
    assert len(stored_names(gcs_emulator, "renditions/")) == 1


def test_a_heat_map_is_drawn_once_and_takes_the_place_of_an_older_one(
    cloud_site: Site, gcs_emulator: str
) -> None:
    token = cloud_site.person("cloud")
    image = upload(cloud_site, token, noise(7003)).json()
    folder = f"explanations/{image['sha256']}/"
    code = (
        "from django.core.files.base import ContentFile\n"
        "from django.core.files.storage import default_storage\n"
        f"default_storage.save('{folder}older.png', ContentFile(b'older'))\n"
    )
    cloud_site.shell(code)

    address = f"/api/v1/images/{image['id']}/explanation/overlay/"
    drawn = [cloud_site.api("GET", address, token=token) for _ in range(2)]

    assert [answer.status_code for answer in drawn] == [200, 200]
    assert drawn[0].content == drawn[1].content
    assert drawn[0].content.startswith(b"\x89PNG")
    names = stored_names(gcs_emulator, folder)
    assert len(names) == 1
    assert f"{folder}older.png" not in names


def test_a_refused_picture_leaves_nothing_in_the_bucket(
    cloud_site: Site, gcs_emulator: str
) -> None:
    token = cloud_site.person("cloud")
    before = stored_names(gcs_emulator)
    assert upload(cloud_site, token, truncated_jpeg()).status_code == 422
    assert stored_names(gcs_emulator) == before
