"""What a header tells is read as it was written."""

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from classifier.errors import PictureRefused
from classifier.training.data.traits import traits_of
from tests.classifier.training.data.pictures import saved, scene


@pytest.mark.parametrize("quality", [5, 30, 49, 50, 51, 75, 90, 95, 100])
def test_jpeg_quality_is_found_in_the_tables(quality: int) -> None:
    assert traits_of(saved(scene(1), "JPEG", quality=quality)).quality == quality


@pytest.mark.parametrize(("code", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_colour_subsampling_is_found_in_the_frame(code: int, name: str) -> None:
    assert traits_of(saved(scene(1), "JPEG", subsampling=code)).subsampling == name


def test_a_grey_jpeg_has_no_colours_to_subsample() -> None:
    found = traits_of(saved(scene(1).convert("L"), "JPEG"))
    assert (found.subsampling, found.mode) == ("grey", "L")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_no_jpeg_has_no_tables(kind: str) -> None:
    found = traits_of(saved(scene(1), kind))
    assert (found.container, found.quality, found.subsampling) == (kind, None, "none")


def test_size_and_bytes_are_those_of_the_file() -> None:
    data = saved(scene(1, width=120, height=50), "JPEG")
    found = traits_of(data)
    assert (found.width, found.height, found.size) == (120, 50, len(data))
    assert found.bytes_per_pixel == len(data) / 6000


def test_progressive_and_baseline_differ() -> None:
    assert traits_of(saved(scene(1), "JPEG", progressive=True)).progressive
    assert not traits_of(saved(scene(1), "JPEG")).progressive


def test_metadata_is_named_by_kind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    words = PngInfo()
    words.add_text("parameters", "a cat")
    icc = b"not much of a profile"
    assert traits_of(saved(scene(1), "JPEG")).metadata == frozenset()
    assert traits_of(saved(scene(1), "JPEG", exif=exif, icc_profile=icc)).metadata == {
        "exif",
        "icc",
    }
    assert traits_of(saved(scene(1), "JPEG", comment=b"hello")).metadata == {"text"}
    assert traits_of(saved(scene(1), "PNG", pnginfo=words, exif=exif)).metadata == {"text", "exif"}
    assert traits_of(saved(scene(1), "WEBP", xmp=b"<x/>", exif=exif)).metadata == {"xmp", "exif"}


@pytest.mark.parametrize("data", [b"", b"GIF89a", saved(scene(1), "JPEG")[:20]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefused):
        traits_of(data)
