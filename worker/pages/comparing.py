"""Two versions side by side: what was measured, whether it holds, and where they differ."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from classifier.models import ModelVersion
from labelling.numerals import whole_number
from labelling.permissions import check_may_administer
from worker import queries
from worker.comparing import compared
from worker.pages import wording

MOST_OFFERED = 50  # versions that can be chosen


@dataclass(frozen=True)
class Line:
    """One measure of both; None where one was not measured so."""

    name: str
    meaning: str
    before: wording.Figure | None
    after: wording.Figure | None


@dataclass(frozen=True)
class Block:
    """The measures on one set. ``titles`` tell on which pictures each version was measured."""

    titles: tuple[str, ...]
    lines: list[Line]


@gzip_page
@login_required
@never_cache
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """``?a=N&b=M``; of what is left out or no number, one of the newest two."""
    check_may_administer(request.user)
    a, b = (whole_number(request.GET.get(name, "")) for name in "ab")
    context: dict[str, object] = {"offered": queries.versions()[:MOST_OFFERED]}
    if found := compared(request.user, a, b):
        context |= {"found": found, "blocks": blocks(found.one, found.other)}
    return render(request, "worker/compare.html", context)


def blocks(one: ModelVersion, other: ModelVersion) -> list[Block]:
    """What was measured of either when it was made, set by set."""
    before, after = (
        {section.key: section for section in wording.sections(version.metrics)}
        for version in (one, other)
    )
    return [_block(before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]


def _block(before: wording.Section | None, after: wording.Section | None) -> Block:
    both = [{f.name: f for f in part.figures} if part else {} for part in (before, after)]
    figures = both[0] | both[1]
    return Block(
        titles=tuple(dict.fromkeys(part.title for part in (before, after) if part)),
        lines=[
            Line(name, figure.meaning, both[0].get(name), both[1].get(name))
            for name, figure in figures.items()
        ],
    )
