"""The text chunks of PNG files, those that generators write and no others."""

import zlib

from classifier.detector.provenance.container import Part

MAX_TEXT = 1_000_000  # bytes, counted after decompression; a longer text is left unread
LONGEST_KEYWORD = 79  # by the PNG standard

XMP_KEYWORD = "XML:com.adobe.xmp"
# All other texts, people's names among them, stay unread.
KEYWORDS = frozenset(
    {
        "parameters", "prompt", "workflow", "Software", "Comment", "Description", "Source",
        "Dream", "sd-metadata", "invokeai_metadata", "fooocus_scheme", XMP_KEYWORD,
    }
)  # fmt: skip


def keyword_of(part: Part) -> str | None:
    """The keyword of a text chunk, if it is one that generators use."""
    if part.name not in ("tEXt", "zTXt", "iTXt"):
        return None
    found, separator, _ = bytes(part.data[: LONGEST_KEYWORD + 1]).partition(b"\x00")
    keyword = found.decode("latin-1")
    return keyword if separator and keyword in KEYWORDS else None


def text_of(part: Part, keyword: str) -> bytes:
    """The raw text of a chunk with this keyword; empty where it is broken or too long."""
    rest = part.data[len(keyword) + 1 :]
    if part.name == "tEXt":
        return bytes(rest) if len(rest) <= MAX_TEXT else b""
    if part.name == "zTXt":
        return _inflated(rest[1:])
    return _international(rest)


def _international(rest: memoryview) -> bytes:
    """An iTXt chunk: two flags, a language and a translated keyword stand before the text."""
    compressed = bytes(rest[:1]) == b"\x01"
    position = 2
    for _ in ("language", "translated keyword"):
        # Both are short; a search without bounds would copy megabytes.
        place = bytes(rest[position : position + 1000]).find(b"\x00")
        if place < 0:
            return b""
        position += place + 1
    text = rest[position:]
    if compressed:
        return _inflated(text)
    return bytes(text) if len(text) <= MAX_TEXT else b""


def _inflated(data: memoryview) -> bytes:
    """Decompress at most a little more than what we take, so that a bomb stays small."""
    try:
        text = zlib.decompressobj().decompress(data, MAX_TEXT + 1)
    except zlib.error:
        return b""
    return text if len(text) <= MAX_TEXT else b""
