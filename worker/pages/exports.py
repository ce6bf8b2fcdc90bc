"""Downloading what an export wrote."""

from pathlib import PurePosixPath

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.errors import NotFound
from worker import queries
from worker.models import Job

GONE = "This file is not kept any more. Export again; it takes a moment."


@login_required
@never_cache
@require_GET
def result(request: HttpRequest, job_id: int) -> FileResponse:
    """The file, streamed, to whoever asked for it and to administrators; others find no job."""
    return file_of(queries.job_for(request.user, job_id))


def file_of(job: Job) -> FileResponse:
    """What a job wrote, as a download. Raises NotFound where it wrote none or it is not kept."""
    if not job.result:
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
