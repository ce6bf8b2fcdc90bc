"""The API's own pages: its schema, a page to try it on, and what each error code means."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aivh.problems import PROBLEMS


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Open to anyone: a refusal that says ``not_authenticated`` leads here too."""
    return render(request, "aivh/docs_errors.html", {"problems": PROBLEMS})
