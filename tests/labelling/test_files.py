"""Originals and renditions: private, harmless in a browser, and without metadata."""

from io import BytesIO
from uuid import UUID

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from classifier.detector.decoding import decode
from labelling import renditions
from labelling.models import Image, Submission, User
from labelling.renditions import rendition, rendition_name
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise, rotated_jpeg
from tests.labelling.programs import with_token
from tests.labelling.traces import stored_files

pytestmark = pytest.mark.django_db


def hand_in(data: bytes, person: User) -> Image:
    return submit_image(
        data=data, filename="a.jpg", channel=Submission.Channel.PAGE, submitter=person
    ).image


def addresses(image_id: UUID) -> list[str]:
    return [
        reverse("image-original", args=[image_id]),
        reverse("image-rendition", args=[image_id, "thumb"]),
        reverse("image-rendition", args=[image_id, "view"]),
        reverse("image-rendition", args=[image_id, "full"]),
    ]


def test_the_original_comes_back_as_it_was_and_is_never_shown_by_a_browser(outsider: User) -> None:
    image = hand_in(rotated_jpeg(), outsider)

    answer = with_token(outsider).get(f"/api/v1/images/{image.pk}/original/")

    assert answer.content == rotated_jpeg()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{image.sha256[:12]}.jpg"'
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(("size", "edge"), [("thumb", 320), ("view", 1600)])
def test_a_rendition_is_a_small_upright_webp_without_metadata(
    outsider: User, size: str, edge: int
) -> None:
    image = hand_in(noise(size=(2000, 1000)), outsider)

    answer = with_token(outsider).get(f"/api/v1/images/{image.pk}/rendition/{size}/")

    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")
    shown = Pillow.open(BytesIO(answer.content))
    assert (shown.format, shown.size) == ("WEBP", (edge, edge // 2))


def test_a_rendition_stands_upright_and_tells_nothing_of_the_camera(outsider: User) -> None:
    image = hand_in(rotated_jpeg(), outsider)

    data = rendition(image, "view")

    shown = Pillow.open(BytesIO(data))
    pixels = np.asarray(shown.convert("L"))
    assert pixels.shape == (64, 48)
    assert pixels[:24].min() > 230  # what was stored at the left is on top
    assert pixels[40:].max() < 25
    assert "exif" not in shown.info
    assert b"Secret Camera" not in data


def test_the_full_rendition_has_the_true_pixels_unchanged(outsider: User) -> None:
    image = hand_in(rotated_jpeg(), outsider)

    answer = with_token(outsider).get(f"/api/v1/images/{image.pk}/rendition/full/")

    assert answer.headers["Content-Type"] == "image/webp"
    shown = Pillow.open(BytesIO(answer.content))
    assert np.array_equal(np.asarray(shown), decode(rotated_jpeg()))
    assert b"Secret Camera" not in answer.content


@pytest.mark.parametrize(
    ("most_pixels", "longest"), [(2999, 16_383), (4_000_000, 59)], ids=["large", "long"]
)
def test_a_large_full_rendition_is_a_progressive_jpeg(
    outsider: User, monkeypatch, most_pixels: int, longest: int
) -> None:
    monkeypatch.setattr(renditions, "LOSSLESS_PIXELS", most_pixels)
    monkeypatch.setattr(renditions, "LOSSLESS_SIDE", longest)
    image = hand_in(noise(size=(60, 50)), outsider)

    answer = with_token(outsider).get(f"/api/v1/images/{image.pk}/rendition/full/")

    assert answer.headers["Content-Type"] == "image/jpeg"
    shown = Pillow.open(BytesIO(answer.content))
    assert (shown.size, shown.info["progressive"]) == ((60, 50), 1)
    assert stored_files() == sorted([image.original, rendition_name(image, "full")])
    assert rendition_name(image, "full").endswith("full.jpeg")


def test_a_rendition_is_made_once(outsider: User, monkeypatch) -> None:
    image = hand_in(noise(), outsider)
    first = rendition(image, "thumb")
    monkeypatch.setattr(renditions, "_make", None)

    assert rendition(image, "thumb") == first
    assert stored_files() == sorted([image.original, rendition_name(image, "thumb")])


@pytest.mark.parametrize("size", ["huge", "THUMB", "0"])
def test_another_size_is_not_found(outsider: User, size: str) -> None:
    image = hand_in(noise(), outsider)

    answer = with_token(outsider).get(f"/api/v1/images/{image.pk}/rendition/{size}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_lost_original_is_not_found_and_no_500(outsider: User) -> None:
    image = hand_in(noise(), outsider)
    default_storage.delete(image.original)

    for address in addresses(image.pk):
        answer = with_token(outsider).get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_files_are_shown_to_those_who_may_see_the_picture(
    reviewer: User, adjudicator: User, administrator: User, outsider: User
) -> None:
    image = hand_in(noise(), reviewer)

    for address in addresses(image.pk):
        for person in (reviewer, adjudicator, administrator):
            assert with_token(person).get(address).status_code == 200
        refused = with_token(outsider).get(address)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert Client().get(address).status_code == 401


def test_the_original_stays_closed_while_one_decides_blind(
    reviewer: User, second_reviewer: User, outsider: User
) -> None:
    """Its metadata may say what it is."""
    image = hand_in(noise(), outsider)
    client = with_token(second_reviewer)
    original, *small = addresses(image.pk)
    assert original.endswith("/original/")

    refused = client.get(original)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert "after your answer" in refused.json()["detail"]
    assert [client.get(address).status_code for address in small] == [200] * len(small)

    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    assert client.get(original).status_code == 403
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="unsure")
    assert client.get(original).status_code == 200


def test_an_image_tag_of_a_browser_gets_its_picture(outsider: User) -> None:
    image = hand_in(noise(), outsider)
    client = Client(headers={"Accept": "image/avif,image/webp"})
    client.force_login(outsider)

    assert client.get(addresses(image.pk)[1]).status_code == 200
