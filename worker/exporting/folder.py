"""The pictures themselves in a zip, in a folder for each class, with a table of what they are."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_STORED, ZipFile

from labelling.errors import NotFound
from labelling.originals import read_original
from worker.exporting.row import Exported
from worker.exporting.tables import write_csv

UNSETTLED = "unsettled"
TABLE = "pictures.csv"


def write_folder(rows: Iterable[Exported], out: IO[bytes]) -> None:
    """Originals as they came, under ``ai/``, ``human/``, ``unusable/`` and ``unsettled/``.

    An original carries its metadata, so those that the person still decides blind are left out;
    they stand in the table, as those do of which the storage has lost the file. Only the names
    are held in memory, some 600 bytes for each picture: a zip lists them at its end.
    """
    with ZipFile(out, "w", ZIP_STORED) as archive, TemporaryFile() as table:
        write_csv(_packed(rows, archive), table)
        table.seek(0)
        with archive.open(TABLE, "w") as place:
            shutil.copyfileobj(table, place)


def path_of(exported: Exported) -> str:
    """Where the picture lies in the zip: no name that somebody gave decides that."""
    suffix = PurePosixPath(exported.image.original).suffix
    return f"{exported.row.label or UNSETTLED}/{exported.row.sha256}{suffix}"


def _packed(rows: Iterable[Exported], archive: ZipFile) -> Iterator[Exported]:
    """Pack each picture on its way into the table."""
    for exported in rows:
        if not exported.row.blind:
            with suppress(NotFound):
                archive.writestr(path_of(exported), read_original(exported.image))
        yield exported
