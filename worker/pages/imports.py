"""Asking for an import: from a folder of the server, a zip, or a bucket."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labelling.errors import InvalidRequest, MissingFile
from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer
from labelling.services.submit import clean_filename
from worker.models import Job
from worker.services.jobs.import_requests import import_bucket, import_folder, import_zip

LATEST = 5


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The three ways in; or the job that was asked for."""
    check_may_administer(request.user)
    if request.method == "GET":
        return render(request, "worker/imports.html", what_may_be_imported())
    return redirect(_asked(request))


def what_may_be_imported() -> dict[str, Any]:
    return {
        "folders": [str(folder) for folder in settings.IMPORT_FOLDERS],
        "prefixes": settings.IMPORT_PREFIXES,
        "zip_mb": settings.IMPORT_ZIP_BYTES // 2**20,
        "latest": Job.objects.filter(kind=Job.Kind.IMPORT)[:LATEST],
    }


def _asked(request: HttpRequest) -> Job:
    source, labelled = request.POST.get("source", ""), "labelled" in request.POST
    if source == "folder":
        place = request.POST.get("place", "")
        return import_folder(path=place, labelled=labelled, by=me(request))
    if source == "bucket":
        place = request.POST.get("place", "")
        return import_bucket(address=place, labelled=labelled, by=me(request))
    if source != "zip":
        raise InvalidRequest("Import a folder, a zip or a part of a bucket.")
    sent = request.FILES.get("file")
    if sent is None or sent.file is None:
        raise MissingFile("Choose the zip to import first.")
    name = clean_filename(sent.name or "") or "a zip"
    return import_zip(file=sent.file, name=name, labelled=labelled, by=me(request))
