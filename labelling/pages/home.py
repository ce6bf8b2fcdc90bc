"""The page on which pictures are handed in, with the script's help or by the plain form."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from classifier.detector.decoding import MAX_BYTES
from classifier.errors import AivhError
from labelling.liveness import worker_is_silent
from labelling.models import Submission, User
from labelling.pages.gallery import tiles
from labelling.pages.signed_in import me
from labelling.permissions import check_may_upload
from labelling.queries import visible_images
from labelling.services.submit import clean_filename, submit_image

MOST_AT_ONCE = 10
LATEST = 12
NOTHING_CHOSEN = "Choose one or more pictures first, then hand them in."
NAMELESS = "A picture without a name"


@login_required
@ensure_csrf_cookie
def home(request: HttpRequest) -> HttpResponse:
    """The page on which pictures are handed in, and the latest that this person handed in."""
    mine = (
        visible_images(request.user)
        .filter(submissions__submitter=request.user.pk)
        .annotate(handed_in=Max("submissions__created_at"))
        .order_by("-handed_in")
    )
    context = {
        "tiles": tiles(list(mine[:LATEST]), request.user),
        "silent": worker_is_silent(),
        "most_at_once": MOST_AT_ONCE,
        "max_bytes": MAX_BYTES,
    }
    return render(request, "labelling/home.html", context)


@login_required
@require_POST
def hand_in(request: HttpRequest) -> HttpResponse:
    """Take each picture of the plain form by itself, and say what came of each.

    The script on the page sends to the API instead; both come to the same service.
    """
    person = me(request)
    check_may_upload(person)
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, NOTHING_CHOSEN)
    taken = [_take(request, person, file) for file in files]
    return redirect("my-uploads" if any(taken) else "home")


def _take(request: HttpRequest, person: User, file: Any) -> bool:
    """Hand one picture on and note what came of it; return whether it was taken."""
    name = clean_filename(file.name or "") or NAMELESS
    try:
        submit_image(
            data=file.read(),
            filename=file.name or "",
            channel=Submission.Channel.PAGE,
            submitter=person,
        )
    except AivhError as refusal:
        messages.error(request, f"{name} was not taken in. {refusal.message}")
        return False
    messages.success(request, f"{name} was taken in.")
    return True
