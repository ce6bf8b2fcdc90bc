"""Where labelled pictures can be imported from: a folder of this machine, or part of a bucket."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from classifier.detector.decoding import MAX_BYTES
from classifier.errors import AivhError, NotAllowed, PictureRefused
from classifier.training.data.folder import CLASS_FOLDERS
from classifier.vocabulary import Label
from labelling.errors import InvalidRequest, NotFound

BUCKET = "gs"
TOO_LARGE = "This file is larger than 20 MB."
PATIENCE = 10  # seconds that a bucket has to answer somebody who waits
NO_TEXT = re.compile("[\udc80-\udcff]")  # how Python reads a byte of a name that is no UTF-8
SILENT_BUCKET = "The bucket does not answer, or does not let this site in. Try again later."


@dataclass(frozen=True)
class Candidate:
    """A file that may be imported, unread.

    ``name`` is its path below the source, as text; ``mark`` changes whenever its content does.
    ``label`` is what its first folder says, None where that names no class. ``read`` gives the
    bytes and raises PictureRefused where there are too many. Where ``image_id`` says which picture
    of this site is meant, no file is read.
    """

    name: str
    mark: str
    label: Label | None
    read: Callable[[], bytes]
    image_id: UUID | None = None


def candidates(source: str) -> Iterator[Candidate]:
    """Return what lies in a folder, or below a prefix as ``gs://bucket/prefix``, in its order.

    Raises NotFound, InvalidRequest, and NotAllowed for what no setting opens.
    """
    if urlsplit(source).scheme == BUCKET:
        return _in_bucket(source)
    folder = Path(source)
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.")
    return (_in_folder(folder, path) for path in _files(folder))


def allowed_folder(path: str) -> Path:
    """The folder that ``path`` names, if a setting opens it or one above it to imports.

    Symlinks are followed first, so none leads out. Raises NotAllowed, NotFound.
    """
    folder = Path(path.strip()).resolve()
    if not any(folder.is_relative_to(open_.resolve()) for open_ in settings.IMPORT_FOLDERS):
        raise NotAllowed(
            f"AIVH_IMPORT_FOLDERS does not open {path}. Whoever runs the site adds the folders "
            "that may be imported, such as /srv/incoming."
        )
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder} on the machine that imports.")
    return folder


def candidates_below(folder: Path) -> Iterator[Candidate]:
    """What lies in a folder that a person named on a page: nothing that a symlink leads out to."""
    for path in _files(folder):
        if path.resolve().is_relative_to(folder):
            yield _in_folder(folder, path)


def read_address(address: str) -> tuple[str, bytes]:
    """The name and the bytes of one picture of a bucket, by ``gs://bucket/folder/name``.

    Raises InvalidRequest, NotAllowed for what no setting opens, before anything is asked, NotFound,
    PictureRefused where it is too large, and AivhError where the bucket does not answer in time.
    """
    bucket, _, name = address.removeprefix(f"{BUCKET}://").partition("/")
    parts = PurePosixPath(name).parts
    if not (address.startswith(f"{BUCKET}://") and bucket and name) or {".", ".."} & set(parts):
        raise InvalidRequest("Write the address of a picture as gs://bucket/folder/name.jpg.")
    check_may_read(address)
    try:
        blob = _bucket(bucket).get_blob(name, timeout=PATIENCE, retry=None)
        data = None if blob is None else _read_blob(blob, timeout=PATIENCE, retry=None)
    except AivhError:
        raise
    except Exception as error:  # the bucket's library has errors of its own, and of others
        raise AivhError(SILENT_BUCKET, code="storage_unavailable") from error
    if data is None:
        raise NotFound(f"There is no {address}.")
    return parts[-1], data


def label_of(name: str) -> Label | None:
    """What the first folder of a path says, in any case; the words are those of a data set."""
    parts = PurePosixPath(name).parts
    return CLASS_FOLDERS.get(parts[0].lower()) if len(parts) > 1 else None


def check_may_read(source: str) -> None:
    """Raise NotAllowed unless the setting names this prefix, or one that it lies in."""
    asked = _folder_like(source)
    if not any(asked.startswith(_folder_like(open_)) for open_ in settings.IMPORT_PREFIXES):
        raise NotAllowed(
            f"AIVH_IMPORT_PREFIXES does not name {source}. Whoever runs the site adds what may be "
            "imported, such as gs://lab/incoming/."
        )


def _folder_like(address: str) -> str:
    return address.strip().rstrip("/") + "/"


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if not is_hidden(path.relative_to(root).as_posix()) and path.is_file():
            yield path


def _in_folder(root: Path, path: Path) -> Candidate:
    stat = path.stat()
    name = _as_text(path.relative_to(root).as_posix())
    mark = f"{stat.st_size} {stat.st_mtime_ns}"
    return Candidate(name, mark, label_of(name), partial(_read_file, path))


def _as_text(name: str) -> str:
    """A file may be called by bytes that are no text, which no row takes: they stand as ``%E9``,
    so that no two files get one name."""
    return NO_TEXT.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", name)


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PictureRefused(TOO_LARGE, code="too_large")
    return data


def _in_bucket(source: str) -> Iterator[Candidate]:
    check_may_read(source)
    parts = urlsplit(source)
    if not parts.netloc or parts.query or parts.fragment:
        raise InvalidRequest("Write the source as gs://bucket/prefix.")
    prefix = _folder_like(parts.path.lstrip("/")) if parts.path.strip("/") else ""
    for blob in _bucket(parts.netloc).list_blobs(prefix=prefix):
        name = blob.name.removeprefix(prefix)
        if name and not name.endswith("/") and not is_hidden(name):
            mark = f"{blob.size} {blob.generation} {blob.crc32c}"
            yield Candidate(name, mark, label_of(name), partial(_read_blob, blob))


def _bucket(name: str) -> Any:
    """The bucket, opened as the same person as the site's own."""
    from storages.backends.gcloud import GoogleCloudStorage

    return GoogleCloudStorage(**settings.GOOGLE_CLOUD_OPTIONS | {"bucket_name": name}).bucket


def _read_blob(blob: Any, **options: Any) -> bytes:
    if blob.size > MAX_BYTES:
        raise PictureRefused(TOO_LARGE, code="too_large")
    return bytes(blob.download_as_bytes(checksum="crc32c", **options))


def is_hidden(name: str) -> bool:
    """Whether it, or a folder above it, begins with a dot; what leads upwards is no secret."""
    return any(part.startswith(".") and part != ".." for part in PurePosixPath(name).parts)
