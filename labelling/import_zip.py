"""Pictures in a zip that somebody sent: read entry by entry, never unpacked to the disk.

Every number in a zip is somebody else's word. What is read of an entry is bounded whatever its
header says, so no archive can grow beyond a picture at a time.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from lzma import LZMAError
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from classifier.detector.decoding import MAX_BYTES
from classifier.errors import PictureRefused
from labelling.errors import InvalidRequest
from labelling.importable import TOO_LARGE, Candidate, is_hidden, label_of

MOST_ENTRIES = 100_000
MOST_RATIO = 100  # pictures are compressed already: what shrinks more than this is none
ENCRYPTED = 0x1
# What the library raises on a broken entry; found by changing the bytes of zips one by one.
BROKEN = (
    BadZipFile,
    EOFError,
    LZMAError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
NO_ZIP = "This file is no zip, or it is damaged. Make it again, and send it as it was made."


def open_zip(file: IO[bytes]) -> ZipFile:
    """Raises InvalidRequest where it is no zip, or one with too many entries."""
    try:
        archive = ZipFile(file)
    except (BadZipFile, LargeZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InvalidRequest(NO_ZIP) from error
    if len(archive.infolist()) > MOST_ENTRIES:
        raise InvalidRequest(f"A zip may hold at most {MOST_ENTRIES:,} files.")
    return archive


def zip_candidates(archive: ZipFile) -> Iterator[Candidate]:
    """The files of an archive in its order; folders and hidden files are passed over."""
    for entry in archive.infolist():
        if entry.is_dir() or is_hidden(entry.filename) or entry.filename.startswith("__MACOSX/"):
            continue
        mark = f"{entry.file_size} {entry.CRC}"
        read = partial(_read, archive, entry)
        yield Candidate(entry.filename, mark, label_of(entry.filename), read)


def _read(archive: ZipFile, entry: ZipInfo) -> bytes:
    """The bytes of one entry. Raises PictureRefused."""
    _check(entry)
    try:
        with archive.open(entry) as file:
            data = file.read(MAX_BYTES + 1)
    except BROKEN as error:
        raise PictureRefused("This file is damaged within the zip.") from error
    if len(data) > MAX_BYTES:
        raise PictureRefused(TOO_LARGE, code="too_large")
    return data


def _check(entry: ZipInfo) -> None:
    """Refuse by the header what is not worth opening."""
    name = entry.filename
    if entry.flag_bits & ENCRYPTED:
        raise PictureRefused("This file is encrypted.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise PictureRefused("This is a link to another file, not a file.")
    if ".." in PurePosixPath(name).parts or name.startswith("/") or PureWindowsPath(name).drive:
        raise PictureRefused("This file's name leads out of the zip.")
    if entry.file_size > MAX_BYTES:
        raise PictureRefused(TOO_LARGE, code="too_large")
    if entry.file_size > MOST_RATIO * max(entry.compress_size, 1) and entry.file_size > 2**20:
        raise PictureRefused("This file is packed like no picture.")
