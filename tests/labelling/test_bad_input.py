"""Bad and odd files, through the API and through ``/predict``.

Each gets a finding on what it shows, or a refusal with a code that leaves neither row nor file.
"""

from collections.abc import Callable

import pytest
from django.test import Client

from classifier.detector.decoding import MAX_BYTES, MAX_PIXELS
from classifier.models import ModelVersion
from labelling.models import Image, Prediction, User
from tests.labelling.pictures import (
    BLACK,
    SVG,
    TEXT,
    WHITE,
    animated_webp,
    cmyk_jpeg,
    html_polyglot,
    noise,
    padded_to,
    palette_png,
    plain,
    png_header,
    rotated_jpeg,
    sixteen_bit_png,
    truncated_jpeg,
)
from tests.labelling.programs import IMAGES, PROBLEM, PROBLEM_MEMBERS, part, with_token
from tests.labelling.traces import assert_nothing_was_left, stored_files

pytestmark = pytest.mark.django_db

REFUSED = {
    "zero bytes": (b"", 422, "empty_file"),
    "text named .jpg": (TEXT, 415, "unsupported_type"),
    "truncated JPEG": (truncated_jpeg(), 422, "corrupt_picture"),
    "PNG cut within its pixels": (plain()[:-40], 422, "corrupt_picture"),
    "WebP cut within its pixels": (noise(kind="WEBP")[:200], 422, "corrupt_picture"),
    "signature alone": (b"\xff\xd8\xff", 422, "corrupt_picture"),
    "65,000 x 65,000 PNG header": (png_header(65_000, 65_000), 422, "too_many_pixels"),
    "one pixel too many": (png_header(MAX_PIXELS + 1, 1), 422, "too_many_pixels"),
    "PNG without width": (png_header(0, 10), 422, "corrupt_picture"),
    "SVG": (SVG, 415, "unsupported_type"),
    "HTML polyglot": (html_polyglot(), 422, "corrupt_picture"),
    "GIF": (b"GIF89a" + bytes(100), 415, "unsupported_type"),
    "PDF": (b"%PDF-1.7\n" + bytes(100), 415, "unsupported_type"),
    "one byte more than 20 MB": (padded_to(MAX_BYTES + 1), 413, "too_large"),
    "half a megabyte more than 20 MB": (padded_to(MAX_BYTES + 2**19), 413, "too_large"),
    "40 MB": (padded_to(2 * MAX_BYTES), 413, "too_large"),
}

TAKEN = {
    "animated WebP, bright first": (animated_webp(WHITE), "image/webp", "ai"),
    "animated WebP, dark first": (animated_webp(BLACK), "image/webp", "human"),
    "CMYK JPEG": (cmyk_jpeg(), "image/jpeg", "ai"),
    "16-bit PNG, white": (sixteen_bit_png(WHITE), "image/png", "ai"),
    "16-bit PNG, black": (sixteen_bit_png(BLACK), "image/png", "human"),
    "palette PNG with transparency": (palette_png(), "image/png", "ai"),
    "PNG named .jpg": (plain(BLACK), "image/png", "human"),
    "EXIF-rotated JPEG": (rotated_jpeg(), "image/jpeg", "uncertain"),
    "one pixel": (plain(WHITE, size=(1, 1)), "image/png", "ai"),
    "exactly 20 MB": (padded_to(MAX_BYTES), "image/png", "ai"),
    "page behind a picture": (plain() + b"<!doctype html><script>", "image/png", "ai"),
}


@pytest.fixture(params=["api", "predict"])
def send(
    request: pytest.FixtureRequest, outsider: User, live_version: ModelVersion
) -> Callable[[bytes], tuple[int, dict[str, str]]]:
    """Hand the bytes in by one of the two ways; gives status and body."""
    client, address = {"api": (with_token(outsider), IMAGES), "predict": (Client(), "/predict")}[
        request.param
    ]

    def post(data: bytes) -> tuple[int, dict[str, str]]:
        answer = client.post(address, {"file": part(data, "photo.jpg", "image/jpeg")})
        assert answer.headers["Content-Type"] == PROBLEM
        return answer.status_code, answer.json()

    return post


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_and_leaves_nothing(
    send: Callable[[bytes], tuple[int, dict[str, str]]], case: str
) -> None:
    data, status, code = REFUSED[case]

    answered, body = send(data)

    assert (answered, body["code"]) == (status, code)
    assert set(body) == PROBLEM_MEMBERS
    assert body["detail"].endswith(".")
    assert_nothing_was_left()


@pytest.mark.parametrize("case", TAKEN)
def test_an_odd_file_gets_a_finding_on_what_it_shows(live_version: ModelVersion, case: str) -> None:
    data, content_type, verdict = TAKEN[case]

    answer = Client().post("/predict", {"file": part(data, "photo.jpg")})

    assert (answer.status_code, answer.json()["verdict"]) == (200, verdict)
    image = Image.objects.get()
    assert (image.content_type, image.state) == (content_type, Image.State.CLASSIFIED)
    assert Prediction.objects.get().verdict == verdict
    assert stored_files() == [image.original]


@pytest.mark.parametrize("case", TAKEN)
def test_an_odd_file_is_taken_in_by_the_api(outsider: User, case: str) -> None:
    data, content_type, _ = TAKEN[case]

    answer = with_token(outsider).post(IMAGES, {"file": part(data, "photo.jpg")})

    assert (answer.status_code, answer.json()["content_type"]) == (202, content_type)
    assert stored_files() == [Image.objects.get().original]


@pytest.mark.slow
def test_a_picture_of_exactly_50_megapixels_is_taken_in(live_version: ModelVersion) -> None:
    width = 10_000
    data = plain(WHITE, size=(width, MAX_PIXELS // width))

    answer = Client().post("/predict", {"file": part(data)})

    assert (answer.status_code, answer.json()["verdict"]) == (200, "ai")
