"""Only what stands inside a picture's own structure speaks; what is hung behind it is nobody's."""

import zlib

import pytest

from classifier.detector.provenance import Says, read_provenance
from classifier.detector.provenance.container import NotWhole, open_container
from tests.classifier.detector.provenance.files import (
    CAMERA,
    EXPOSURE,
    XMP_WRITERS,
    chunk,
    exif_of,
    jpeg,
    png,
    segment,
    source_type,
    text,
    webp_with_xmp,
    with_exif,
)
from tests.classifier.detector.provenance.signing import action, signed
from tests.labelling.pictures import animated_webp, noise, plain

KINDS = ["JPEG", "PNG", "WEBP"]
AI_PACKET = source_type("trainedAlgorithmicMedia")
MADE_BY_AI = [action("created", "trainedAlgorithmicMedia")]
WEB_UI = "a red fox\nSteps: 20, Sampler: Euler a"
CAMERA_BLOCK = exif_of(CAMERA, EXPOSURE).tobytes()

# Something that each reader would take for its own, were it only looked for.
HANGERS_ON = {
    "text chunk": text("parameters", WEB_UI),
    "text of a whole file": png(text("parameters", WEB_UI)),
    "text chunk and end": text("parameters", WEB_UI) + chunk(b"IEND", b""),
    "XMP packet": AI_PACKET.encode(),
    "XMP segment": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + AI_PACKET.encode()),
    "XMP chunk": b"XMP " + len(AI_PACKET.encode()).to_bytes(4, "little") + AI_PACKET.encode(),
    "XMP of a whole JPEG": XMP_WRITERS["JPEG"](AI_PACKET),
    "XMP of a whole WebP": XMP_WRITERS["WEBP"](AI_PACKET),
    "EXIF segment": segment(0xE1, CAMERA_BLOCK),
    "EXIF chunk of a PNG": chunk(b"eXIf", CAMERA_BLOCK[6:]),
    "EXIF of a whole file": with_exif(CAMERA, EXPOSURE),
    "manifest of a whole JPEG": signed(noise(), "image/jpeg", MADE_BY_AI),
    "manifest of a whole PNG": signed(noise(kind="PNG"), "image/png", MADE_BY_AI),
    "manifest of a whole WebP": signed(noise(kind="WEBP"), "image/webp", MADE_BY_AI),
    "noughts": bytes(1000),
}


@pytest.mark.parametrize("hanger_on", HANGERS_ON)
@pytest.mark.parametrize("kind", KINDS)
def test_bytes_behind_a_picture_change_nothing(kind: str, hanger_on: str) -> None:
    assert read_provenance(plain(kind=kind) + HANGERS_ON[hanger_on]) == ()


SPEAKERS = {
    "text": png(text("parameters", WEB_UI)),
    "XMP in a PNG": XMP_WRITERS["PNG"](source_type("digitalCapture")),
    "XMP in a JPEG": XMP_WRITERS["JPEG"](source_type("digitalCapture")),
    "XMP in a WebP": XMP_WRITERS["WEBP"](source_type("digitalCapture")),
    "EXIF in a JPEG": with_exif(CAMERA, EXPOSURE, "JPEG"),
    "EXIF in a PNG": with_exif(CAMERA, EXPOSURE, "PNG"),
    "EXIF in a WebP": with_exif(CAMERA, EXPOSURE, "WEBP"),
    "a signed JPEG": signed(noise(), "image/jpeg", [action("created", "digitalCapture")]),
    "a signed PNG": signed(plain(), "image/png", [action("created", "digitalCapture")]),
    "a signed WebP": signed(noise(kind="WEBP"), "image/webp", [action("created", "print")]),
}


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_bytes_behind_a_clue_do_not_change_it_either(speaker: str) -> None:
    picture = SPEAKERS[speaker]
    before = read_provenance(picture)
    assert len(before) == 1
    for hanger_on in HANGERS_ON.values():
        assert read_provenance(picture + hanger_on) == before


def test_what_stands_between_two_scans_or_behind_the_pixels_is_inside() -> None:
    picture = plain()
    end = picture.rindex(b"IEND") - 4
    behind = picture[:end] + text("parameters", WEB_UI) + picture[end:]
    assert [clue.says for clue in read_provenance(behind)] == [Says.AI]


def test_a_thumbnails_metadata_is_not_the_pictures() -> None:
    thumbnail = XMP_WRITERS["JPEG"](AI_PACKET)
    assert read_provenance(jpeg(segment(0xE1, b"Exif\0\0" + thumbnail))) == ()


def test_a_chunk_with_a_wrong_checksum_is_left_out() -> None:
    whole = text("parameters", WEB_UI)
    assert read_provenance(png(whole[:-1] + bytes([whole[-1] ^ 1]))) == ()


def test_a_webp_ends_where_its_header_says() -> None:
    picture = webp_with_xmp(AI_PACKET)
    shorter = len(picture) - 8 - len(AI_PACKET.encode()) - 8 - len(AI_PACKET.encode()) % 2
    cut = picture[:4] + shorter.to_bytes(4, "little") + picture[8:]
    assert len(read_provenance(picture)) == 1
    assert read_provenance(cut) == ()


@pytest.mark.parametrize("picture", [plain(kind=kind) for kind in KINDS] + [animated_webp()])
def test_the_end_of_the_picture_is_found(picture: bytes) -> None:
    assert open_container(picture).end == len(picture)
    assert open_container(picture + picture).end == len(picture)


@pytest.mark.parametrize("kind", KINDS)
def test_no_beginning_of_a_file_is_whole_or_breaks_anything(kind: str) -> None:
    picture = XMP_WRITERS[kind](AI_PACKET)
    for length in range(len(picture)):
        with pytest.raises(NotWhole):
            open_container(picture[:length])
        assert read_provenance(picture[:length]) == ()


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg/>", b"\xff\xd8\xff", b"RIFF\xff\xff\xff\xffWEBP", bytes(99)]
)
def test_what_is_no_picture_says_nothing(data: bytes) -> None:
    assert read_provenance(data) == ()


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("speaker", ["text", "XMP in a JPEG", "EXIF in a WebP", "EXIF in a JPEG"])
def test_broken_bytes_raise_nothing(speaker: str, seed: int, caplog) -> None:
    picture = bytearray(SPEAKERS[speaker])
    state = seed
    for _ in range(8):
        state = zlib.crc32(state.to_bytes(4, "big"))
        picture[state % len(picture)] = state >> 24
    assert isinstance(read_provenance(bytes(picture)), tuple)
    assert not caplog.records, "what is broken is expected, and not caught at the last net"
