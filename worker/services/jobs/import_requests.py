"""Asking for an import: what is asked for is looked at before a job is made of it."""

import secrets
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

from labelling.errors import InvalidRequest
from labelling.import_zip import open_zip
from labelling.importable import allowed_folder, check_may_read
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import Job
from worker.services.jobs.requests import request_job

FOLDER = "imports"
LONGEST_PLACE = 500


def import_folder(*, path: str, labelled: bool, by: User) -> Job:
    """Import a folder of the machine that imports. Raises NotAllowed, NotFound, InvalidRequest."""
    check_may_administer(by)
    folder = allowed_folder(_place(path))
    return _request(f"Import of {folder}", "folder", str(folder), labelled, by)


def import_bucket(*, address: str, labelled: bool, by: User) -> Job:
    """Import what lies below ``gs://bucket/prefix``. Raises NotAllowed, InvalidRequest."""
    check_may_administer(by)
    place = _place(address)
    if not place.startswith("gs://"):
        raise InvalidRequest("Write the address as gs://bucket/prefix.")
    check_may_read(place)
    return _request(f"Import of {place}", "bucket", place, labelled, by)


def import_zip(*, file: IO[bytes], name: str, labelled: bool, by: User) -> Job:
    """Import a zip that was sent; kept in the storage until its job has ended.

    Raises NotAllowed, InvalidRequest.
    """
    check_may_administer(by)
    open_zip(file).close()
    file.seek(0)
    place = f"{FOLDER}/{secrets.token_urlsafe(16)}.zip"
    default_storage.save(place, File(file))
    try:
        return _request(f"Import of {name[:80]}", "zip", place, labelled, by)
    except BaseException:
        default_storage.delete(place)
        raise


def _place(text: str) -> str:
    place = text.strip()
    if not place or len(place) > LONGEST_PLACE or not place.isprintable():
        raise InvalidRequest("Say what to import.")
    return place


def _request(title: str, source: str, place: str, labelled: bool, by: User) -> Job:
    options = {"source": source, "place": place, "labelled": labelled}
    return request_job(kind=Job.Kind.IMPORT, by=by, title=title, options=options)
