"""The drift report: one file that needs nothing else, to keep, to send and to print."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiParameter
from PIL import Image as Pillow

from classifier.errors import AivhError
from classifier.monitoring.figures import Layer
from classifier.monitoring.look import WINDOW, Reading
from classifier.monitoring.moved import TooFew
from classifier.monitoring.words import ADVICE, AGAINST, TITLES, written
from labelling.api.by_token import session_or_token
from labelling.models import Image, Scope
from labelling.renditions import rendition
from worker.drift_report import (
    BINS,
    LEAST,
    MOST,
    USUAL,
    DriftReport,
    Marked,
    drift_report,
    pictures_asked,
)
from worker.pages.self_contained import meta, policy_for

Bar = tuple[str, str]
EDGE = 128  # pixels of a picture in the report, so that a file with many stays small
STYLE = render_to_string("worker/report.css")
POLICY = policy_for(STYLE)
N = OpenApiParameter(
    "n",
    {"type": "integer", "minimum": LEAST, "maximum": MOST, "default": USUAL},
    description="How many of the newest pictures are compared.",
)
LAYERS = {
    Layer.INPUT: "The files",
    Layer.EMBEDDING: "What the detector sees in them",
    Layer.PREDICTION: "What the detector says",
    Layer.LABEL: "What people say",
}
ESTIMATES = {
    "live_accuracy": "Right in the audit sample",
    "average_confidence": "Average confidence",
    "thresholded_confidence": "Surer than the threshold",
}


@dataclass(frozen=True)
class Line:
    """A figure against one reference, in words."""

    what: str
    against: str
    moved: str
    chance: str
    beyond: bool


@dataclass(frozen=True)
class Strip:
    """What moved, what to do, and the pictures that moved most, as data addresses."""

    sentence: str
    advice: str
    pictures: Sequence[str]


@session_or_token(Scope.READ, operation_id="report", tag="drift-reports", taken=[N])
@never_cache
@require_safe
@csp_replace(POLICY)
def report(request: HttpRequest) -> HttpResponse:
    """The newest `n` pictures against those before, in one file; `download=1` saves it."""
    made = drift_report(request.user, pictures_asked(request.GET.get("n", str(USUAL))))
    carried = {"style": STYLE, "policy": meta(POLICY)}
    said = context_of(made) if made else {}
    answer = render(request, "worker/report.html", carried | said)
    if made and request.GET.get("download"):
        name = f"aivh-drift-{made.made_at:%Y-%m-%d}-version-{made.version.number}.html"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def context_of(made: DriftReport) -> dict[str, Any]:
    pictures = _pictures(pk for one in made.marked for pk in one.ids)
    now, before = made.scores
    return {
        "report": made,
        "lead": made.lead,
        "layers": [] if made.is_short else layers_of(made),
        "least": WINDOW,
        "strips": [strip(one, pictures) for one in made.marked],
        "came": list(_came(made)),
        "count": f"{len(made.window.ids):,}",
        "estimates": [(ESTIMATES[one["name"]], one, _spread(one)) for one in made.estimates],
        "bars": list(_bars(now, before)),
    }


def layers_of(made: DriftReport) -> list[tuple[str, list[Line]]]:
    """What could be compared stands above what was too few."""
    return [
        (title, sorted(map(line, made.of(which)), key=lambda one: not one.chance))
        for which, title in LAYERS.items()
    ]


def line(reading: Reading) -> Line:
    title = TITLES[reading.figure.name]
    named = title[0].upper() + title[1:], AGAINST[reading.against]
    result = reading.result
    if isinstance(result, TooFew):
        few = f"too few: {result.n} and {result.n_before}, of {result.least} needed"
        return Line(*named, few, "", beyond=False)
    moved = f"{result.what} {written(result.before)} → {written(result.after)}"
    chance = "p < 0.001" if result.p_value < 0.001 else f"p = {result.p_value:.3f}"
    return Line(*named, moved, chance, beyond=reading.beyond)


def strip(one: Marked, pictures: dict[UUID, str]) -> Strip:
    said = line(one.reading)
    return Strip(
        f"{said.what}, against {said.against}: {said.moved}.",
        ADVICE[one.reading.figure.name],
        [pictures[pk] for pk in one.ids if pk in pictures],
    )


def _bars(now: Sequence[float], before: Sequence[float] | None) -> Iterable[tuple[str, Bar, Bar]]:
    """Where each pair of bars stands, in a drawing of 100 by 100 with its origin on top."""
    highest = max([*now, *(before or []), 0.01])
    for place, share in enumerate(now):
        other = before[place] if before else 0.0
        yield f"{100 * place / BINS:.2f}", _bar(share / highest), _bar(other / highest)


def _bar(height: float) -> Bar:
    """Its upper edge and its height."""
    return f"{100 * (1 - height):.2f}", f"{100 * height:.2f}"


def _came(made: DriftReport) -> Iterable[tuple[str, str, str]]:
    for what, now, before in made.shares:
        yield what, f"{now:.0%}", "" if before is None else f"{before:.0%}"
    for what, now, before in made.middles:
        yield what, f"{now:.0f}", "" if before is None else f"{before:.0f}"


def _spread(one: dict[str, Any]) -> str:
    if "least" in one:
        return ""
    return f"{one['value']:.0%} ({one['low']:.0%} to {one['high']:.0%}), of {one['n']:,}"


def _pictures(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Small copies; one that cannot be read any more is left out."""
    found = {}
    for image in Image.objects.filter(pk__in=set(ids)):
        try:
            found[image.pk] = _as_data(rendition(image, "thumb"))
        except AivhError:
            continue
    return found


def _as_data(copy: bytes) -> str:
    picture, target = Pillow.open(BytesIO(copy), formats=("WEBP",)), BytesIO()
    picture.thumbnail((EDGE, EDGE))
    picture.save(target, "WEBP", quality=80)
    return f"data:image/webp;base64,{b64encode(target.getvalue()).decode()}"
