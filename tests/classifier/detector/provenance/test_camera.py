"""What cameras write: weak, for a human side only, and without a place or a person."""

import struct

import pytest
from PIL.TiffImagePlugin import IFDRational

from classifier.detector.provenance import Clue, Kind, Says, read_provenance
from classifier.detector.provenance.exif import MAX_FIELDS, MAX_VALUE, Tag, read_exif
from tests.classifier.detector.provenance.files import CAMERA, EXPOSURE, exif_of, with_exif

PERSON = "Jane Q. Photographer"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_camera_with_its_exposure_is_weak_support(kind: str) -> None:
    assert read_provenance(with_exif(CAMERA, EXPOSURE, kind)) == (
        Clue(
            kind=Kind.CAMERA,
            says=Says.HUMAN,
            tool="Example One",
            where="EXIF, Make, Model and exposure",
            verified=False,
            sentence="The file names a camera, Example One, and its exposure "
            "(1/125 s, f/2.8, ISO 200). Anyone can write these fields.",
        ),
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CAMERA, {}),
        ({}, EXPOSURE),
        ({0x010F: " \0", 0x0110: ""}, EXPOSURE),
        (CAMERA, {0x829A: IFDRational(0, 0), 0x829D: IFDRational(0, 1)}),
    ],
)
def test_half_of_it_is_no_cameras_mark(first, second) -> None:
    assert read_provenance(with_exif(first, second)) == ()


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("SONY   ", "ILCE-7M4\0\0", "SONY ILCE-7M4"),
        ("", "Pixel 10", "Pixel 10"),
        ("Maker", "", "Maker"),
        ("A" * 500, "B", "A" * 79 + "…"),
    ],
)
def test_the_name_is_said_once_and_cut(make: str, model: str, name: str) -> None:
    (clue,) = read_provenance(with_exif({0x010F: make, 0x0110: model}, EXPOSURE))
    assert clue.tool == name


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: str) -> None:
    exif = exif_of(CAMERA, EXPOSURE)
    exif.endian = order
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    assert block[:2] == (b"II" if order == "<" else b"MM")
    assert read_exif(block) == {
        Tag.MAKE: "Example",
        Tag.MODEL: "Example One",
        Tag.EXPOSURE_TIME: "1/125",
        Tag.F_NUMBER: "2.8",
        Tag.SENSITIVITY: "200",
    }


def test_neither_people_nor_places_nor_serial_numbers_are_read() -> None:
    exif = exif_of(
        {**CAMERA, 0x013B: PERSON, 0x8298: PERSON},
        {**EXPOSURE, 0xA430: PERSON, 0xA431: "SN-4711"},
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    assert PERSON.encode() in block
    found = read_exif(block)
    assert set(found) == {Tag.MAKE, Tag.MODEL, Tag.EXPOSURE_TIME, Tag.F_NUMBER, Tag.SENSITIVITY}
    assert not {PERSON, "SN-4711"} & set(found.values())


def header(count: int, fields: bytes, *, first: int = 8) -> bytes:
    return struct.pack("<2sHIH", b"II", 42, first, count) + fields


def field(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II*\0",
        b"XX*\0\x08\0\0\0\0\0",
        header(1, field(0x010F, 2, 40, 8), first=4_000_000_000),
        header(1, field(0x010F, 2, 4_000_000_000, 8)),
        header(1, field(0x010F, 2, 40, 4_000_000_000)),
        header(1, field(0x010F, 99, 40, 8)),
        header(1, field(0x010F, 2, 0, 8)),
        header(65_535, field(0x010F, 2, 40, 8)[:7]),
        header(1, field(0x8769, 4, 1, 8)),  # a directory that is its own second directory
        header(1, field(0x8769, 3, 1, 8)),
    ],
)
def test_a_broken_block_says_nothing(block: bytes) -> None:
    assert read_exif(block) == {}


@pytest.mark.parametrize(("before", "found"), [(MAX_FIELDS - 1, 1), (MAX_FIELDS, 0)])
def test_only_the_first_fields_are_looked_at(before: int, found: int) -> None:
    block = header(before + 1, field(0x9999, 3, 1, 0) * before + field(0x010F, 2, 4, 0x41414141))
    assert len(read_exif(block)) == found


@pytest.mark.parametrize(("size", "found"), [(MAX_VALUE, 1), (MAX_VALUE + 1, 0)])
def test_only_a_value_of_bounded_length_is_read(size: int, found: int) -> None:
    block = header(1, field(0x010F, 2, size, 22)) + b"A" * size
    assert [len(value) for value in read_exif(block).values()] == [size] * found
