from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie

from classifier.detector.decoding import MAX_BYTES
from labelling.liveness import worker_is_silent
from labelling.models import Image
from labelling.pages.gallery import tiles

MOST_AT_ONCE = 10
LATEST = 12


@login_required
@ensure_csrf_cookie
def home(request: HttpRequest) -> HttpResponse:
    """The page on which pictures are handed in, and the latest that this person handed in."""
    mine = (
        Image.objects.filter(submissions__submitter=request.user.pk)
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
