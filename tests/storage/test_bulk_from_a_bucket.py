"""The API takes pictures of a bucket in by their addresses, each one for itself."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from labelling.models import Submission, User
from tests.labelling.pictures import noise
from tests.labelling.programs import with_token
from tests.servers.gcs import BUCKET

pytestmark = pytest.mark.django_db


def test_addresses_of_a_real_bucket_are_taken_or_refused_each(
    bucket: Storage, settings, administrator: User
) -> None:
    place = settings.STORAGES["default"]["OPTIONS"]["location"]
    settings.GOOGLE_CLOUD_OPTIONS = settings.STORAGES["default"]["OPTIONS"] | {"location": ""}
    open_part = f"gs://{BUCKET}/{place}/incoming"
    settings.IMPORT_PREFIXES = [open_part]
    for name, data in {
        "incoming/one.jpg": noise(1),
        "incoming/new ü/two.png": noise(2, kind="PNG"),
        "incoming/broken.jpg": b"\xff\xd8\xff broken",
        "secret/three.jpg": noise(3),
    }.items():
        bucket.save(name, ContentFile(data))
    wanted = {
        f"{open_part}/one.jpg": None,
        f"{open_part}/new ü/two.png": None,
        f"{open_part}/broken.jpg": "corrupt_picture",
        f"{open_part}/missing.jpg": "not_found",
        f"gs://{BUCKET}/{place}/secret/three.jpg": "not_allowed",
    }

    answer = with_token(administrator).post(
        "/api/v1/images/bulk/", {"addresses": list(wanted)}, content_type="application/json"
    )

    told = answer.json()
    assert {row["name"]: row["code"] for row in told["results"]} == wanted
    assert (told["taken"], told["refused"]) == (2, 3)
    kept = Submission.objects.values_list("filename", "channel")
    assert set(kept) == {("one.jpg", "import"), ("two.png", "import")}
