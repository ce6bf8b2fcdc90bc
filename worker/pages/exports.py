"""Downloading what an export wrote."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from worker import queries
from worker.job_files import file_of


@login_required
@never_cache
@require_GET
def result(request: HttpRequest, job_id: int) -> FileResponse:
    """The file, streamed, to whoever asked for it and to administrators; others find no job."""
    return file_of(queries.job_for(request.user, job_id))
