"""Disputes: opening one from a picture's page, its own page, and the adjudicators' list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labelling.blindness import sees_everything, sight_of
from labelling.disputes import Settlement, dispute_for, settlements, visible_disputes
from labelling.errors import InvalidRequest
from labelling.models import Dispute, Image
from labelling.page_numbers import Paginator
from labelling.pages.dispute_words import (
    DECISIONS,
    disputed_reading,
    prepared_answer,
    settled,
    steps,
)
from labelling.pages.signed_in import me
from labelling.permissions import Person, check_may_adjudicate, may_adjudicate, may_administer
from labelling.queries import current_prediction, evidence_of, image_for, standing_reviews
from labelling.services.disputes import (
    LEAST_REASON,
    LONGEST_TEXT,
    answer_dispute,
    check_may_dispute,
    open_dispute,
    withdraw_dispute,
)

PAGE = 24
BOUNDS = {
    "least_reason": LEAST_REASON,
    "longest_text": LONGEST_TEXT,
    "longest_in_words": f"{LONGEST_TEXT:,}",
}
# Of one's own dispute in one of these states nothing is gained by another.
ENOUGH = (Dispute.State.OPEN, Dispute.State.ACCEPTED)
FILTERS = {"": "Open", "answered": "Answered", "withdrawn": "Withdrawn"}
STATES = {
    "": [Dispute.State.OPEN],
    "answered": [Dispute.State.ACCEPTED, Dispute.State.DECLINED],
    "withdrawn": [Dispute.State.WITHDRAWN],
}


def disputing(person: Person, picture: Image, *, found: bool) -> dict[str, Any]:
    """What the picture's page shows of disputes: those that this person may see, and the form."""
    mine = picture.submissions.filter(submitter=person.pk).exists()
    there = list(visible_disputes(person).filter(image=picture)) if found else []
    enough = any(one.by_id == person.pk and one.state in ENOUGH for one in there)
    return {"disputes": there, "may_dispute": found and mine and not enough, **BOUNDS}


@login_required
@require_GET
def dispute_part(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The part of the picture's page: fetched by one that was there before the finding."""
    picture = image_for(request.user, image_id)
    found = sight_of(request.user, picture).finding and current_prediction(picture) is not None
    context = {"image": picture, **disputing(request.user, picture, found=found)}
    return render(request, "labelling/_dispute.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_dispute(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The form by itself, which also comes back where the reason does not do."""
    person = me(request)
    picture = image_for(person, image_id)
    check_may_dispute(picture, person)
    context = {"image": picture, **BOUNDS}
    if request.method == "GET":
        return render(request, "labelling/dispute_new.html", context)
    reason = request.POST.get("reason", "")
    try:
        opened = open_dispute(image_id=image_id, by=person, reason=reason)
    except InvalidRequest as error:
        context |= {"reason": reason, "error": error.message}
        return render(request, "labelling/dispute_new.html", context, status=400)
    messages.success(request, "Thank you. People will look at it, and you are answered here.")
    return redirect(opened)


@login_required
@require_GET
def disputes(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the longest first; what was answered, the newest first."""
    check_may_adjudicate(request.user)
    show = request.GET.get("show", "")
    show = show if show in FILTERS else ""
    order = ("-answered_at", "-pk") if show else ("opened_at", "pk")
    found = visible_disputes(request.user).filter(state__in=STATES[show]).order_by(*order)
    found = found.select_related("image", "by").prefetch_related("version")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    settled_as = settlements([row.image for row in rows])
    context = {
        "rows": [
            (row, disputed_reading(row), _in_words(settled_as.get(row.image_id))) for row in rows
        ],
        "page": page,
        "query": f"show={show}&" if show else "",
        "filters": FILTERS,
        "show": show,
        "names": may_administer(request.user),
    }
    return render(request, "labelling/disputes.html", context)


@login_required
@require_GET
def dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """One dispute, for whoever opened it and those who answer."""
    return _page(request, dispute_for(request.user, dispute_id))


@login_required
@require_POST
def withdraw(request: HttpRequest, dispute_id: int) -> HttpResponse:
    taken_back = withdraw_dispute(dispute_id=dispute_id, by=me(request))
    messages.success(request, "Your dispute is withdrawn.")
    return redirect(taken_back)


@login_required
@require_POST
def answer(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Send the answer; where it does not do, the page comes back with what was written."""
    person = me(request)
    decision, words = request.POST.get("decision", ""), request.POST.get("answer", "")
    try:
        answered = answer_dispute(dispute_id=dispute_id, by=person, decision=decision, answer=words)
    except InvalidRequest as error:
        written = {"decision": decision, "answer": words, "error": error.message}
        return _page(request, dispute_for(person, dispute_id), written, status=400)
    messages.success(request, "Your answer is sent.")
    return redirect(answered)


def _page(
    request: HttpRequest,
    shown: Dispute,
    written: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    own = shown.by_id == request.user.pk
    settlement = settlements([shown.image]).get(shown.image_id)
    said_now = current_prediction(shown.image)
    context: dict[str, Any] = {
        "dispute": shown,
        "image": shown.image,
        "reading": disputed_reading(shown),
        "steps": steps(shown, settlement, own=own),
        "own": own,
        "said_now": said_now if said_now and said_now.version_id != shown.version_id else None,
        "names": may_administer(request.user),
    }
    if sees_everything(request.user) and not own:
        context |= _for_those_who_answer(request.user, shown, settlement)
    return render(request, "labelling/dispute.html", context | (written or {}), status=status)


def _for_those_who_answer(
    person: Person, shown: Dispute, settlement: Settlement | None
) -> dict[str, Any]:
    """Everything that is known of the picture, and the answer that suggests itself."""
    return {
        "clues": evidence_of([shown.image])[shown.image_id],
        "reviews": standing_reviews(shown.image),
        "may_answer": may_adjudicate(person) and shown.state == Dispute.State.OPEN,
        "decisions": DECISIONS,
        "decision": settlement.value if settlement else "",
        "answer": prepared_answer(shown, settlement) if settlement else "",
        "settled": _in_words(settlement),
        "longest_text": LONGEST_TEXT,
    }


def _in_words(settlement: Settlement | None) -> str:
    return settled(settlement) if settlement else ""
