"""Reviewing: one picture at a time, blind. The page works as a plain form, too.

What its script asks for stands in :mod:`labelling.pages.desk`.
"""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from labelling.errors import Conflict, NotFound
from labelling.models import Review, User
from labelling.pages.counts import again_words, waiting_words
from labelling.pages.naming import id_in, named_picture
from labelling.pages.signed_in import me
from labelling.pages.told import told
from labelling.permissions import check_may_review
from labelling.queries import current_predictions, recent_reviews
from labelling.second_votes import waiting_for_another
from labelling.services.preferences import set_auto_advance
from labelling.services.review import record_review
from labelling.services.second_thoughts import answer_anew, take_back
from labelling.services.turns import flag_image, skip_turn, take_turns
from labelling.why import answered_image

HISTORY = 10
KEYS = (
    (("A",), "AI"),
    (("H",), "Human"),
    (("U",), "Unsure"),
    (("X",), "Unusable: nothing can be learned from it"),
    (("S",), "Skip: leave it to others"),
    (("F",), "Flag it for an adjudicator, with a note"),
    (("Z",), "Undo"),
    (("+", "−", "0"), "Closer at true pixels, further, the whole picture"),
    (("←", "↑", "→", "↓"), "Move about in it when it is larger than its place"),
    (("M",), "Heat map, once you have answered"),
    (("N", "Enter"), "Next picture, where they do not go on by themselves"),
    (("R",), "Send again what did not get through"),
    (("?",), "These keys"),
)
SCRIPTED = {
    "next": "review-next",
    "renew": "review-renew",
    "release": "review-release",
    "vote": "review-vote",
    "skip": "review-skip",
    "flag": "review-flag",
    "undo": "review-undo",
    "pace": "review-pace",
}
ANSWERS = {"ai", "human", "unsure", "unusable"}


@login_required
@require_GET
@ensure_csrf_cookie
def review(request: HttpRequest) -> HttpResponse:
    """The page with the picture whose turn it is, or with one that was answered (``open``)."""
    reviewer = _reviewer(request)
    opened = id_in(request.GET.get("open", ""))
    context = _opened(reviewer, opened) if opened else _blind(request, reviewer)
    return render(request, "labelling/review.html", context | _around(reviewer))


@login_required
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """What the page's buttons send where no script does it."""
    reviewer, do = _reviewer(request), request.POST.get("do", "")
    try:
        return _do(request, reviewer, do)
    except (Conflict, NotFound) as error:
        messages.error(request, error.message)
        return redirect("review")


def _do(request: HttpRequest, reviewer: User, do: str) -> HttpResponse:
    if do == "pace":
        set_auto_advance(person=reviewer, on=not reviewer.auto_advance)
        return redirect("review")
    if do == "undo":
        return _undo(request, reviewer)
    image_id = named_picture(request)
    if do == "skip":
        skip_turn(reviewer=reviewer, image_id=image_id)
    elif do == "flag":
        note = request.POST.get("note", "")
        flag_image(reviewer=reviewer, image_id=image_id, note=note)
        messages.success(request, "Flagged: an adjudicator will look at it.")
    else:
        return _answer(request, reviewer, image_id, do)
    return redirect("review")


def _answer(request: HttpRequest, reviewer: User, image_id: UUID, said: str) -> HttpResponse:
    give = answer_anew if request.POST.get("anew") else record_review
    give(image_id=image_id, reviewer=reviewer, answer=said)
    return redirect("review") if reviewer.auto_advance else _open(image_id)


def _undo(request: HttpRequest, reviewer: User) -> HttpResponse:
    """Take back the answer on the picture that is open, else the last one."""
    opened = id_in(request.POST.get("image", "")) if request.POST.get("anew") else None
    if opened is None:
        last = recent_reviews(reviewer, 1)
        if not last:
            raise Conflict("There is no answer of yours that could be taken back.")
        opened = last[0].image_id
    take_back(image_id=opened, reviewer=reviewer)
    messages.success(request, "Taken back. Here is the picture again.")
    return redirect(f"{reverse('review')}?first={opened}")


def _blind(request: HttpRequest, reviewer: User) -> dict[str, Any]:
    first, again = id_in(request.GET.get("first", "")), "again" in request.GET
    showings = take_turns(reviewer=reviewer, limit=1, first=first, again=again)
    return {
        "picture": showings[0].image if showings else None,
        "first": first or "",
        "again_wanted": again,
        "again": "" if showings else again_words(reviewer),
    }


def _opened(reviewer: User, image_id: UUID) -> dict[str, Any]:
    image = answered_image(image_id=image_id, reviewer=reviewer)
    return told(image, reviewer) | {"picture": image, "opened": image}


def _around(reviewer: User) -> dict[str, Any]:
    recent = recent_reviews(reviewer, HISTORY)
    return {
        "urls": json.dumps(_urls()),
        "keys": KEYS,
        "waiting": waiting_words(reviewer),
        "results": _results(recent),
        "waiting_for_another": waiting_for_another(reviewer, recent),
    }


def _results(recent: list[Review]) -> list[tuple[Review, Any]]:
    predictions = current_predictions([vote.image for vote in recent])
    return [(vote, predictions.get(vote.image_id)) for vote in recent]


def _urls() -> dict[str, str]:
    any_id = UUID(int=0)  # the script puts a picture's id in its place
    return {name: reverse(url) for name, url in SCRIPTED.items()} | {
        "told": reverse("review-told", args=[any_id])
    }


def _open(image_id: UUID) -> HttpResponse:
    return redirect(f"{reverse('review')}?open={image_id}")


def _reviewer(request: HttpRequest) -> User:
    check_may_review(request.user)
    return me(request)
