"""The list of pictures and the page of one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from labelling.blindness import Sight, open_labels, sight_of
from labelling.contradiction import contradiction_in
from labelling.liveness import worker_is_silent
from labelling.models import Image, Submission, User
from labelling.pages import gallery
from labelling.pages.disputes import disputing
from labelling.pages.sharing import sharing
from labelling.pages.signed_in import logged_out, me
from labelling.permissions import (
    Person,
    may_assign,
    may_see_all,
    reviewers,
)
from labelling.queries import (
    current_prediction,
    evidence_of,
    image_for,
    standing_reviews,
)
from labelling.search import find
from labelling.services.deletion import may_delete
from labelling.services.review import ask_for_gold

ASSIGNEES = 200  # whose names are offered


@login_required
@require_GET
def images(request: HttpRequest) -> HttpResponse:
    """The pictures that this person may see and asks for, with what can be done with them."""
    found = find(request.user, request.GET)
    page = gallery.page_of(found, request.GET)
    count, is_more = gallery.counted(found)
    assigns = may_assign(request.user)
    context = {
        "found": found,
        "form": found.filters.form,
        "tiles": gallery.tiles(page.images, request.user),
        "page": page,
        "count": count,
        "is_more": is_more,
        "chips": list(gallery.chips(found, request.GET)),
        "sorts": gallery.sorts(found),
        "query": gallery.address(request.GET),
        "saved": request.user.saved_filters.all() if isinstance(request.user, User) else (),
        "assignees": reviewers().order_by("username")[:ASSIGNEES] if assigns else (),
    }
    return render(request, "labelling/images.html", context)


@login_required
@require_GET
def image(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The picture, what was found, and on what evidence."""
    context = _everything(request, image_for(request.user, image_id))
    return render(request, "labelling/image.html", context)


@login_required
@require_GET
def evidence(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The rows of evidence alone: fetched by a page that was there before the finding."""
    context = _everything(request, image_for(request.user, image_id))
    return render(request, "labelling/_evidence.html", context)


@require_GET
def finding(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The part of the page that waits: asked for each second until there is something to say.

    ``seen`` is the state that the page shows; where nothing changed, 204 leaves the page alone,
    so that nothing is read out again and again.
    """
    if not request.user.is_authenticated:
        return logged_out(request)
    picture = image_for(request.user, image_id)
    context = _finding(request, picture, sight_of(request.user, picture))
    if context["state"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    answer = render(request, "labelling/_finding.html", context)
    if context["state"] == "found":
        answer.headers["HX-Trigger-After-Swap"] = "found"  # the parts that waited for it
    return answer


@login_required
@require_POST
def gold(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Want a second, independent look."""
    picture = ask_for_gold(image_id=image_id, by=me(request))
    messages.success(request, "Two people will now decide on this picture, unseen by each other.")
    return redirect(picture)


def _everything(request: HttpRequest, picture: Image) -> dict[str, Any]:
    sight = sight_of(request.user, picture)
    context = _finding(request, picture, sight)
    clues = evidence_of([picture])[picture.pk] if sight.finding else []
    return context | {
        "clues": clues,
        "may_delete": may_delete(picture, request.user),
        "contradiction": contradiction_in(clues, context["prediction"]),
        "submissions": _submissions(request.user, picture).count(),
        "filename": _filename(request.user, picture),
        "reviews": standing_reviews(picture) if sight.votes else None,
        "settled_told": picture.pk in open_labels({picture.pk}, request.user),
        **disputing(request.user, picture, found=context["state"] == "found"),
        **sharing(request, picture),
    }


def _finding(request: HttpRequest, picture: Image, sight: Sight) -> dict[str, Any]:
    prediction = current_prediction(picture) if sight.finding else None
    return {
        "image": picture,
        "prediction": prediction,
        "state": _state(picture, sight, found=prediction is not None),
        "row": request.GET.get("shape") == "row",
        "review_url": f"{reverse('review')}?first={picture.pk}",
    }


def _state(picture: Image, sight: Sight, *, found: bool) -> str:
    if found:
        return "found"
    if picture.state == Image.State.FAILED:
        return "failed"
    if not sight.finding:
        return "blind"
    return "silent" if worker_is_silent() else "waiting"


def _submissions(person: Person, picture: Image) -> QuerySet[Submission]:
    """Who else had the picture is nobody's business but that of those who settle it."""
    handed_in = picture.submissions.all()
    return handed_in if may_see_all(person) else handed_in.filter(submitter=person.pk)


def _filename(person: Person, picture: Image) -> str:
    """The name under which this person handed it in; other people's names are their own."""
    mine = picture.submissions.filter(submitter=person.pk).order_by("-created_at").first()
    return mine.filename if mine else ""
