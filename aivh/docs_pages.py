"""The API's own pages: its schema, a page to try it on, and what each error code means."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from aivh.problems import PROBLEMS


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Open to anyone: a refusal that says ``not_authenticated`` leads here too."""
    rows = [(code, known.status.value, as_html(known.meaning)) for code, known in PROBLEMS.items()]
    return render(request, "aivh/docs_errors.html", {"rows": rows})


def as_html(words: str) -> SafeString:
    """Words in which what programs write stands between backticks, as in the docs."""
    parts = words.split("`")
    marks = ("{}", "<code>{}</code>")
    html = ((format_html(marks[place % 2], part),) for place, part in enumerate(parts))
    return format_html_join("", "{}", html)
