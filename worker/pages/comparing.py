"""Two versions side by side: what was measured, whether it holds, and where they differ."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from classifier.models import ModelVersion
from labelling.blindness import open_findings
from labelling.permissions import check_may_administer
from worker import queries
from worker.charting.chart import Chart
from worker.charting.versions import histogram_chart, reliability_chart
from worker.comparing import differences, settled
from worker.pages import wording
from worker.series import all_scores

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
    """``?a=N&b=M``; without them, the version that answers and the one before it."""
    check_may_administer(request.user)
    offered = list(queries.versions()[:MOST_OFFERED])
    chosen = _chosen(request, offered)
    context: dict[str, object] = {"offered": offered}
    if chosen is not None:
        context |= _compared(request, *chosen)
    return render(request, "worker/compare.html", context)


def _chosen(
    request: HttpRequest, offered: list[ModelVersion]
) -> tuple[ModelVersion, ModelVersion] | None:
    """The two that were asked for; of what was not, the newest two. Raises NotFound."""
    newest = [version.number for version in offered[:2]]
    asked = request.GET.get("a", ""), request.GET.get("b", "")
    numbers = [int(word) if word.isascii() and word.isdigit() else None for word in asked]
    if len(newest) < 2 and None in numbers:
        return None
    one, other = (n if n is not None else newest[1 - at] for at, n in enumerate(numbers))
    return queries.version_by_number(one), queries.version_by_number(other)


def _compared(request: HttpRequest, one: ModelVersion, other: ModelVersion) -> dict[str, object]:
    pairs, looked = differences(one, other)
    seen = open_findings([pair.before.image for pair in pairs], request.user)
    return {
        "one": one,
        "other": other,
        "blocks": blocks(one, other),
        "charts": _charts(one, other),
        "pairs": [pair for pair in pairs if pair.before.image_id in seen],
        "looked": looked,
    }


def _charts(one: ModelVersion, other: ModelVersion) -> list[Chart]:
    names = f"Version {one.number}", f"Version {other.number}"
    both, counts = settled(one, other), all_scores((one.number, other.number))
    said = [row.before for row in both], [row.after for row in both]
    return [
        reliability_chart(names, said, [row.label for row in both]),
        histogram_chart(names, (counts[one.number], counts[other.number])),
    ]


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
