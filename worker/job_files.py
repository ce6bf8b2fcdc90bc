"""The file that a job wrote, as a download."""

from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import FileResponse

from labelling.errors import NotFound
from worker.models import Job

GONE = "This file is not kept any more. Export again; it takes a moment."


def file_of(job: Job) -> FileResponse:
    """What a job wrote, as a download. Raises NotFound where it wrote none or it is not kept."""
    if not job.has_file:
        raise NotFound(GONE)
    try:
        file = default_storage.open(job.result)
    except FileNotFoundError as error:
        raise NotFound(GONE) from error
    suffix = "".join(PurePosixPath(job.result).suffixes)
    answer = FileResponse(file, as_attachment=True, filename=f"aivh-{job.pk}{suffix}")
    answer.headers["Content-Type"] = "application/octet-stream"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
