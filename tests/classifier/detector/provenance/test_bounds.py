"""Hostile metadata costs little, whatever it promises. Memory is measured, time is not."""

import json
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from classifier.detector.provenance import Says, read_provenance
from classifier.detector.provenance.container import MAX_PARTS, NotWhole, open_container
from classifier.detector.provenance.png_text import MAX_TEXT
from classifier.detector.provenance.xmp import read_xmp
from tests.classifier.detector.provenance.files import (
    chunk,
    jpeg,
    jpeg_with_xmp,
    png,
    png_with_xmp,
    segment,
    source_type,
    text,
    xmp,
)

WEB_UI = "a red fox\nSteps: 20, Sampler: Euler a"
MEGABYTE = 1_000_000
BOMB = zlib.compress(bytes(200 * MEGABYTE), 9)
AI_PACKET = source_type("trainedAlgorithmicMedia")


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """Fail where more Python memory than this was taken at one moment."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE


@pytest.mark.parametrize(
    "bomb",
    [
        chunk(b"zTXt", b"parameters\0\0" + BOMB),
        chunk(b"iTXt", b"parameters\0\1\0\0\0" + BOMB),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB),
    ],
)
def test_a_text_that_swells_is_left_unread(bomb: bytes) -> None:
    picture = png(bomb)
    with at_most(5):
        assert read_provenance(picture) == ()


def test_many_bombs_of_one_name_cost_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    inflated: list[int] = []
    real = zlib.decompressobj

    class Counted:
        def decompress(self, data: bytes, most: int) -> bytes:
            inflated.append(most)
            return real().decompress(data, most)

    monkeypatch.setattr("classifier.detector.provenance.png_text.zlib.decompressobj", Counted)
    small_bomb = zlib.compress(bytes(2 * MEGABYTE), 9)
    picture = png(*[chunk(b"zTXt", b"parameters\0\0" + small_bomb)] * 500)

    assert read_provenance(picture) == ()
    assert inflated == [MAX_TEXT + 1]


def test_a_text_of_the_longest_length_is_read_and_one_more_byte_is_not() -> None:
    settings = "\nSteps: 20, Sampler: Euler a"
    longest = "x" * (MAX_TEXT - len(settings)) + settings
    for picture, found in (
        (png(text("parameters", longest)), 1),
        (png(text("parameters", "x" + longest)), 0),
    ):
        assert len(read_provenance(picture)) == found


def test_65_000_chunks_are_walked_and_far_more_are_not() -> None:
    clue = text("parameters", WEB_UI)
    empty = chunk(b"tEXt", b"x\0")
    many = png(*[empty] * 65_000, clue)
    assert [found.says for found in read_provenance(many)] == [Says.AI]
    with pytest.raises(NotWhole):
        open_container(png(*[empty] * MAX_PARTS))
    assert read_provenance(png(clue, *[empty] * MAX_PARTS)) == ()


def test_far_too_many_segments_are_not_walked() -> None:
    comment = segment(0xFE, b"")
    whole = jpeg_with_xmp(AI_PACKET)
    many = whole[:2] + comment * MAX_PARTS + whole[2:]
    assert read_provenance(many) == ()


def test_megabytes_of_filling_between_two_markers_are_one_step() -> None:
    packet = AI_PACKET.encode()
    filled = jpeg(b"\xff" * MEGABYTE, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet))
    assert [clue.says for clue in read_provenance(filled)] == [Says.AI]


def test_a_huge_exif_block_is_left_unread() -> None:
    entries = b"".join(
        tag.to_bytes(2, "little") + b"\2\0" + (MEGABYTE).to_bytes(4, "little") + bytes(4)
        for tag in range(65_535)
    )
    block = b"II*\0\x08\0\0\0" + b"\xff\xff" + entries + bytes(MEGABYTE)
    picture = png(chunk(b"eXIf", block))
    with at_most(1):
        assert read_provenance(picture) == ()


def test_fields_that_all_claim_the_whole_block_cost_a_block_each_at_most() -> None:
    tags = (0x010E, 0x010F, 0x0110, 0x0131)
    size = 250_000
    entries = b"".join(
        tag.to_bytes(2, "little") + b"\2\0" + size.to_bytes(4, "little") + bytes(4)
        for _ in range(100)
        for tag in tags
    )
    block = b"II*\0\x08\0\0\0" + (400).to_bytes(2, "little") + entries + bytes(size)
    picture = png(chunk(b"eXIf", block))
    with at_most(5):
        assert read_provenance(picture) == ()


LAUGHS = "".join(
    f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' if number else '<!ENTITY l0 "lol">'
    for number in range(10)
)


@pytest.mark.parametrize(
    "packet",
    [
        f"<!DOCTYPE x [{LAUGHS}]>" + xmp('<rdf:Description xmp:CreatorTool="&l9;"/>'),
        '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        + xmp("<xmp:CreatorTool>&file;</xmp:CreatorTool>"),
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + AI_PACKET,
        "<!DOCTYPE x>" + AI_PACKET,
    ],
)
def test_a_document_type_is_refused_with_all_that_it_could_bring(packet: str) -> None:
    with at_most(1):
        assert read_xmp(packet.encode()) == {}
    assert read_provenance(png_with_xmp(packet)) == ()


@pytest.mark.parametrize(
    "packet",
    [
        AI_PACKET[:-1],
        AI_PACKET.replace("</rdf:RDF>", ""),
        AI_PACKET.replace("rdf:about", "iptc:a='' iptc:a"),
        AI_PACKET.replace('about=""', "about=&unknown;"),
        '<?xml version="1.0" encoding="klingon"?>' + AI_PACKET,
        "<a>" * 100_000,
        xmp("<rdf:li>" * 50_000 + "</rdf:li>" * 49_999),
        "",
        "\0" * 1000,
    ],
)
def test_a_broken_packet_says_nothing(packet: str) -> None:
    assert read_xmp(packet.encode()) == {}


def test_deep_xml_is_no_trouble() -> None:
    deep = '<rdf:Description iptc:DigitalSourceType="print"/>'
    packet = xmp("<rdf:li>" * 50_000 + deep + "</rdf:li>" * 50_000)
    assert read_xmp(packet.encode()) == {"DigitalSourceType": "print"}


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 500_000,
        '{"a":' * 150_000,
        '{"a": ' + "9" * 500_000 + "}",
        json.dumps({"1": {"class_type": ["x"], "inputs": [1]}}),
        json.dumps({"1": {"class_type": "KSampler", "inputs": {"positive": [{}, {}]}}}),
    ],
)
@pytest.mark.parametrize("keyword", ["prompt", "workflow", "parameters", "invokeai_metadata"])
def test_hostile_json_raises_nothing(keyword: str, hostile: str, caplog) -> None:
    clues = read_provenance(png(text(keyword, hostile)))
    assert not any(clue.prompt for clue in clues)
    assert not caplog.records, "expected, and not caught at the last net"
