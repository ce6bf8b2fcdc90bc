"""How far reviewers agree and how each does: for administrators, and one's own for everybody."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.pages import figure_words
from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer, check_may_review
from labelling.reviewer_figures import ReviewerFigures, reviewer_figures, since_days
from labelling.silent_tests import own_accuracy, reviewers_below_floor
from labelling.site_agreement import site_agreement

WINDOWS: dict[str, tuple[str, int | None]] = {
    "30": ("Last 30 days", 30),
    "all": ("All", None),
}


@login_required
@never_cache
@require_GET
def reviewers(request: HttpRequest) -> HttpResponse:
    """Agreement of the site, whom to talk to, and a row for each reviewer."""
    check_may_administer(request.user)
    window, since = _window(request)
    agreement = site_agreement(since)
    context = {
        **window,
        "below": [
            (below, figure_words.share(below.accuracy, "silent tests"))
            for below in reviewers_below_floor()
        ],
        "agreement": agreement,
        "percent": figure_words.share(agreement.percent, "pictures"),
        "alpha": figure_words.coefficient(agreement.alpha, "pictures"),
        "reading": figure_words.reading(agreement.alpha),
        "pairs": [
            (pair, figure_words.coefficient(pair.kappa, "pictures")) for pair in agreement.pairs
        ],
        "rows": [_row(figures) for figures in reviewer_figures(since=since)],
    }
    return render(request, "labelling/reviewers.html", context)


@login_required
@never_cache
@require_GET
def my_figures(request: HttpRequest) -> HttpResponse:
    """A reviewer's own figures, in which no silent test can be told from another picture."""
    check_may_review(request.user)
    person = me(request)
    window, since = _window(request)
    found = reviewer_figures(since=since, of=[person])
    context = {
        **window,
        "row": _row(found[0]) if found else None,
        "accuracy": figure_words.share(own_accuracy(person), "silent tests"),
    }
    return render(request, "labelling/my_figures.html", context)


def _window(request: HttpRequest) -> tuple[dict[str, Any], Any]:
    chosen = request.GET.get("window", "")
    chosen = chosen if chosen in WINDOWS else "30"
    windows = {key: words for key, (words, _) in WINDOWS.items()}
    return {"windows": windows, "window": chosen}, since_days(WINDOWS[chosen][1])


def _row(figures: ReviewerFigures) -> dict[str, Any]:
    return {
        "figures": figures,
        "unsure": figure_words.part(figures.unsure, figures.answers),
        "unusable": figure_words.part(figures.unusable, figures.answers),
        "accuracy": figure_words.share(figures.accuracy, "tests"),
    }
