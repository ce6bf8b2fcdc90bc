"""Settling what reviewers disagree on or have flagged. Plain forms, pressed by keys."""

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
from labelling.models import Flag, Image, Review, User
from labelling.pages.naming import id_in, named_picture
from labelling.pages.signed_in import me
from labelling.pages.told import told
from labelling.permissions import check_may_adjudicate
from labelling.queries import image_for
from labelling.queue import adjudication_queue
from labelling.services.review import adjudicate as settle
from labelling.services.review import retract_review
from labelling.services.turns import resolve_flag

PASSED = "adjudication_passed"  # in the session: pictures that this person put off
SETTLED = "adjudication_settled"  # and those that they settled, the last at the end
REMEMBERED = 50
PRELOADED = 3
WORDS = {"ai": "AI", "human": "Human", "unusable": "Unusable"}
KEYS = (
    (("A",), "AI"),
    (("H",), "Human"),
    (("X",), "Unusable: nothing can be learned from it"),
    (("S",), "Skip: put it off"),
    (("D",), "Dismiss the flags: reviewers go on with it"),
    (("Z",), "Undo what you settled last"),
    (("I",), "Write a note; Esc leaves it"),
    (("+", "−", "0"), "Closer at true pixels, further, the whole picture"),
    (("←", "↑", "→", "↓"), "Move about in it when it is larger than its place"),
    (("M",), "Heat map"),
    (("?",), "These keys"),
)


@login_required
@require_GET
@ensure_csrf_cookie
def adjudicate(request: HttpRequest) -> HttpResponse:
    """The picture that has waited longest, or the one that ``first`` names, with all that is
    known of it."""
    person = _adjudicator(request)
    if "again" in request.GET:
        request.session.pop(PASSED, None)
    waiting = list(adjudication_queue(person).values_list("image", flat=True))
    passed = set(request.session.get(PASSED, []))
    line = [image_id for image_id in waiting if str(image_id) not in passed]
    picture = _picture(person, request.GET.get("first", ""), line)
    coming = [image_id for image_id in line if not picture or image_id != picture.pk]
    context = {
        "waiting": len(waiting),
        "passed": len(waiting) - len(line),
        "picture": picture,
        "settled": bool(request.session.get(SETTLED)),
        "coming": coming[:PRELOADED],
        "keys": KEYS,
    }
    known = _known(picture, person) if picture else {}
    return render(request, "labelling/adjudicate.html", context | known)


@login_required
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """What the page's buttons send: an answer, a skip, a dismissal, an undo."""
    person, do = _adjudicator(request), request.POST.get("do", "")
    try:
        return _do(request, person, do)
    except (Conflict, NotFound) as error:
        messages.error(request, error.message)
        return redirect("adjudicate")


def _do(request: HttpRequest, person: User, do: str) -> HttpResponse:
    if do == "undo":
        return _undo(request, person)
    image_id = named_picture(request)
    if do == "skip":
        _remember(request, PASSED, image_id)
    elif do == "dismiss":
        _dismiss(image_id, person)
        messages.success(request, "The flags are dismissed; reviewers go on with the picture.")
    else:
        note = request.POST.get("note", "")
        settle(image_id=image_id, adjudicator=person, answer=do, note=note)
        _remember(request, SETTLED, image_id)
        messages.success(request, f"Settled as {WORDS[do]}.")
    return redirect("adjudicate")


def _undo(request: HttpRequest, person: User) -> HttpResponse:
    settled = request.session.get(SETTLED, [])
    if not settled:
        raise Conflict("There is nothing that you settled here and could take back.")
    last = UUID(settled[-1])
    request.session[SETTLED] = settled[:-1]
    retract_review(image_id=last, reviewer=person)
    messages.success(request, "Taken back. Here is the picture again.")
    return redirect(f"{reverse('adjudicate')}?first={last}")


def _dismiss(image_id: UUID, person: User) -> None:
    flags = list(Flag.objects.filter(image=image_id, resolved_at__isnull=True))
    if not flags:
        raise Conflict("There is no flag on this picture any more.")
    for flag in flags:
        resolve_flag(flag_id=flag.pk, by=person)


def _picture(person: User, first: str, line: list[UUID]) -> Image | None:
    wanted = id_in(first)
    if wanted is not None:
        return image_for(person, wanted)
    return image_for(person, line[0]) if line else None


def _known(picture: Image, person: User) -> dict[str, Any]:
    votes = Review.objects.counting().filter(image=picture).select_related("reviewer")
    flags = Flag.objects.filter(image=picture, resolved_at__isnull=True).select_related("by")
    return told(picture, person) | {"votes": votes, "flags": flags}


def _remember(request: HttpRequest, key: str, image_id: UUID) -> None:
    before = [known for known in request.session.get(key, []) if known != str(image_id)]
    request.session[key] = [*before, str(image_id)][-REMEMBERED:]


def _adjudicator(request: HttpRequest) -> User:
    check_may_adjudicate(request.user)
    return me(request)
