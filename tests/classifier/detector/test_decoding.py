import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier.detector.decoding import MAX_BYTES, PictureHeader, decode, inspect
from classifier.errors import PictureRefused
from tests.classifier.detector.pictures import HTML, many_scans, noise, plain
from tests.labelling.pictures import SVG, encoded, png_header

RED, WHITE = (255, 0, 0), (255, 255, 255)


def refusal(data: bytes) -> str:
    """The code that inspecting, and so decoding, refuses with."""
    with pytest.raises(PictureRefused) as inspected:
        inspect(data)
    with pytest.raises(PictureRefused) as decoded:
        decode(data)
    assert inspected.value.code == decoded.value.code
    return inspected.value.code


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(noise(), "JPEG"), PictureHeader("image/jpeg", ".jpg", 60, 40)),
        (encoded(noise(), "JPEG", progressive=True), PictureHeader("image/jpeg", ".jpg", 60, 40)),
        (encoded(noise(), "PNG"), PictureHeader("image/png", ".png", 60, 40)),
        (encoded(noise(), "WEBP"), PictureHeader("image/webp", ".webp", 60, 40)),
        (encoded(noise(), "WEBP", lossless=True), PictureHeader("image/webp", ".webp", 60, 40)),
        (
            encoded(noise(), "WEBP", exif=b"Exif\x00\x00MM"),
            PictureHeader("image/webp", ".webp", 60, 40),
        ),
    ],
)
def test_the_header_says_type_and_size(data: bytes, expected: PictureHeader) -> None:
    assert inspect(data) == expected


def test_the_header_is_enough_to_inspect_a_picture() -> None:
    whole = encoded(noise(), "JPEG")
    assert inspect(whole[: whole.index(b"\xff\xda")]) == inspect(whole)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "too_large"),
        (b"these are words in a file named .jpg", "unsupported_type"),
        (SVG, "unsupported_type"),
        (HTML, "unsupported_type"),
        (HTML + encoded(noise(), "JPEG"), "unsupported_type"),
        (encoded(noise(), "GIF"), "unsupported_type"),
        (encoded(noise(), "BMP"), "unsupported_type"),
        (encoded(noise(), "TIFF"), "unsupported_type"),
        (png_header(65_000, 65_000), "too_many_pixels"),
        (png_header(1, 65_536), "too_many_pixels"),
        (png_header(65_536, 1), "too_many_pixels"),
        (png_header(0, 40), "corrupt_picture"),
        (many_scans(100), "corrupt_picture"),
        (b"\x89PNG\r\n\x1a\n", "corrupt_picture"),
        (b"\xff\xd8\xff", "corrupt_picture"),
        (b"\xff\xd8\xff\xd9", "corrupt_picture"),
        (b"\xff\xd8\xff\xe0\x00\x02words", "corrupt_picture"),
        (b"RIFF\x00\x00\x00\x00WEBP", "corrupt_picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X", "corrupt_picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_code(data: bytes, code: str) -> None:
    assert refusal(data) == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_picture_is_corrupt(kind: str, share: float) -> None:
    whole = encoded(noise(), kind)
    with pytest.raises(PictureRefused) as refused:
        decode(whole[: int(len(whole) * share)])
    assert refused.value.code == "corrupt_picture"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_bytes_turned_over_at_random_never_leak_another_error(kind: str) -> None:
    whole = encoded(noise(), kind)
    for seed in range(120):
        rng = np.random.default_rng(seed)
        broken = bytearray(whole)
        for place in rng.integers(0, len(whole), 6):
            broken[place] ^= int(rng.integers(1, 256))
        with suppress(PictureRefused):
            assert decode(bytes(broken)).ndim == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(plain(), "PNG"), RED),
        (encoded(plain(128, "L"), "PNG"), (128, 128, 128)),
        (encoded(plain(1, "1"), "PNG"), WHITE),
        (encoded(plain((255, 0, 0, 0), "RGBA"), "PNG"), WHITE),
        (encoded(plain((255, 0, 0, 255), "RGBA"), "PNG"), RED),
        (encoded(plain((0, 0), "LA"), "PNG"), WHITE),
        (encoded(plain().quantize(4), "PNG"), RED),
        (encoded(plain().quantize(4), "PNG", transparency=0), WHITE),
        (encoded(plain(), "PNG", transparency=RED), WHITE),
        (encoded(plain((255, 0, 0, 0), "RGBA"), "WEBP", lossless=True), WHITE),
        (encoded(plain(40_000, "I;16"), "PNG"), (156, 156, 156)),
    ],
)
def test_every_colour_mode_becomes_the_right_rgb(data: bytes, expected: object) -> None:
    pixels = decode(data)
    assert pixels.shape == (40, 60, 3)
    assert pixels.dtype == np.uint8
    assert tuple(pixels[20, 30]) == expected
    assert (pixels == pixels[0, 0]).all()


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    pixels = decode(encoded(plain().convert("CMYK"), "JPEG", quality=95))
    assert np.abs(pixels.astype(int) - RED).max() < 8


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_shows_its_first_frame(kind: str) -> None:
    later = [plain("blue"), plain("green")]
    data = encoded(plain(), kind, save_all=True, append_images=later, lossless=True)
    assert tuple(decode(data)[0, 0]) == RED


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_stands_upright(orientation: int) -> None:
    stored = noise()
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, "PNG", exif=exif)
    pixels = np.asarray(stored)
    upright = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, -1),
        7: pixels[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(pixels),
    }[orientation]
    assert np.array_equal(decode(data), upright)


def test_broken_metadata_does_not_spoil_a_sound_picture() -> None:
    data = encoded(noise(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xffgarbage")
    assert decode(data).shape == (40, 60, 3)


def test_a_picture_may_be_as_long_as_a_jpeg() -> None:
    assert inspect(png_header(1, 65_535)).height == 65_535


def test_some_scans_more_than_usual_are_no_reason_to_refuse() -> None:
    assert decode(many_scans(60)).shape == (120, 160, 3)


def test_only_the_scans_of_the_picture_itself_count() -> None:
    """A phone hides a film behind a picture and a small copy before it, with any bytes in them."""
    picture = encoded(noise(), "JPEG", comment=b"\xff\xda\x00\x02" * 200)
    assert inspect(picture + b"\xff\xda\x00\x02" * 200).width == 60


def test_broken_metadata_is_not_told_to_the_log(tmp_path: Path) -> None:
    """In a process of its own, because pytest hears every warning."""
    entries = b"".join(struct.pack(">HHII", tag, 7, 9_000_000, 8) for tag in range(50))
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x32" + entries
    (tmp_path / "picture.jpg").write_bytes(encoded(noise(), "JPEG", exif=exif))
    code = (
        "import sys, pathlib; from classifier.detector.decoding import decode;"
        "print(decode(pathlib.Path(sys.argv[1]).read_bytes()).shape)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "picture.jpg")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout.strip(), said.stderr) == ("(40, 60, 3)", "")
