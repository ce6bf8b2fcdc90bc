"""Links to a result: made on the picture's page; and the page that anybody with a link sees.

The public page is drawn without the request, so it knows no session and is the same for everybody.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from classifier.errors import PictureRefused
from labelling.counting import count
from labelling.errors import NotFound
from labelling.guessing import address_of
from labelling.links import outside_link
from labelling.models import Image
from labelling.pages.base_rate import measured_rates, table
from labelling.pages.signed_in import me
from labelling.pages.wording import percent
from labelling.queries import current_prediction, evidence_of
from labelling.renditions import content_type, rendition
from labelling.services.sharing import (
    MOST_LIVE,
    create_share_link,
    may_share,
    revoke_share_link,
    share_links,
    shared_link,
)

LOOKS = 120  # of pages and pictures, from one address in each minute
MINUTE = 60
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
View = Callable[[HttpRequest, str], HttpResponse]


# --- on the picture's page -------------------------------------------------------------------


def sharing(request: HttpRequest, picture: Image) -> dict[str, Any]:
    """The links that this person may hand over or revoke; nothing for whoever may not share."""
    if not may_share(request.user, picture):
        return {"may_share": False}
    links = share_links(image=picture, person=request.user)
    return {
        "may_share": True,
        "most_links": MOST_LIVE,
        "links": [(link, outside_link(request, "shared-result", link.token)) for link in links],
    }


@login_required
@require_POST
def create(request: HttpRequest, image_id: UUID) -> HttpResponse:
    link = create_share_link(image_id=image_id, by=me(request))
    messages.success(request, "The link is made. Whoever has it sees the result, until you revoke.")
    return redirect(f"{link.image.get_absolute_url()}#sharing")


@login_required
@require_POST
def revoke(request: HttpRequest, link_id: int) -> HttpResponse:
    link = revoke_share_link(link_id=link_id, by=me(request))
    messages.success(request, "The link is revoked. It leads nowhere now.")
    return redirect(f"{link.image.get_absolute_url()}#sharing")


# --- for whoever has the link ----------------------------------------------------------------


def public(view: View) -> View:
    """Count who looks, and answer a link that leads nowhere always alike, whatever the reason."""

    @wraps(view)
    def shown(request: HttpRequest, token: str) -> HttpResponse:
        if count(f"shared-from:{address_of(request)}", seconds=MINUTE) > LOOKS:
            answer = _plain("labelling/shared_wait.html", {}, status=429)
        else:
            try:
                answer = view(request, token)
            except (NotFound, PictureRefused):
                answer = _plain("labelling/shared_gone.html", {}, status=404)
        for name, value in HEADERS.items():
            answer.headers[name] = value
        return answer

    return shown


@require_safe
@public
def shared_result(request: HttpRequest, token: str) -> HttpResponse:
    """What is found for the picture, as it stands now, and what the figure means."""
    image = shared_link(token).image
    prediction = current_prediction(image)
    rates = measured_rates(prediction.version.metrics) if prediction else None
    context = {
        "image": image,
        "token": token,
        "prediction": prediction,
        "clues": evidence_of([image])[image.pk] if prediction else [],
        "label": getattr(image, "label", None),
        "now": timezone.now(),
        "rates": rates,
        "pictures": f"{rates.pictures:,}" if rates and rates.pictures else "",
        "rows": table(rates) if rates else [],
        "accused": percent(rates.false_accusation.value) if rates else "",
        "accused_at_worst": percent(rates.false_accusation.high) if rates else "",
        "found": percent(rates.found.value) if rates else "",
    }
    return _plain("labelling/shared.html", context)


@require_safe
@public
def shared_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The copy for browsers, made anew from the pixels, so without any metadata."""
    image = shared_link(token).image
    kind = content_type(image, "view")
    answer = HttpResponse(rendition(image, "view"), content_type=kind)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _plain(template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return HttpResponse(render_to_string(template, context), status=status)
