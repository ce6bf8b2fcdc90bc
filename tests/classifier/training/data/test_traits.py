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


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True})])
def test_what_loses_nothing_has_no_quality(kind: str, options: dict[str, bool]) -> None:
    found = traits_of(saved(scene(1), kind, **options))
    assert (found.container, found.quality, found.subsampling) == (kind, None, "none")


def test_webp_quality_rises_with_what_was_asked_for() -> None:
    asked = [0, 10, 30, 50, 75, 90, 100]
    files = [saved(scene(1), "WEBP", quality=quality) for quality in asked]
    found = [traits_of(file).quality or 0 for file in files]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, 100)
    assert len(set(found)) == len(asked)


def test_webp_quality_is_found_behind_other_chunks() -> None:
    plain, exif = saved(scene(1), "WEBP", quality=60), Image.Exif()
    exif[0x010F] = "A camera"
    packed = saved(scene(1), "WEBP", quality=60, exif=exif, icc_profile=b"odd length of bytes")
    assert len(packed) > len(plain)
    assert traits_of(packed).quality == traits_of(plain).quality


def test_a_webp_that_ends_too_early_is_refused() -> None:
    data = saved(scene(1), "WEBP")
    with pytest.raises(PictureRefused):
        traits_of(data[:30])


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
