"""What the site found wrong by itself, for administrators: take in hand, mute, test."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from labelling.page_numbers import Paginator
from labelling.pages.signed_in import me
from labelling.permissions import check_may_administer
from worker import channels
from worker.alerts import listed_alerts, mutes
from worker.models import Alert, Delivery
from worker.posting import NotDelivered
from worker.services.alerts import MUTED_FOR, acknowledge_alert, mute_alert, unmute_alert
from worker.services.deliveries import send_test

PAGE = 20
STRIP = 8  # pictures that an alert shows


@login_required
@never_cache
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """What is open first, then what is over."""
    check_may_administer(request.user)
    asked = request.GET.get("kind", "")
    kind = asked if asked in Alert.Kind.values else ""
    page = Paginator(listed_alerts(kind), PAGE).get_page(request.GET.get("page"))
    muted = mutes()
    context = {
        "page": page,
        "rows": [_row(alert, muted) for alert in page],
        "kind": kind,
        "kinds": Alert.Kind.choices,
        "durations": list(MUTED_FOR),
        "channels": _channels(),
    }
    return render(request, "worker/alerts.html", context)


@login_required
@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    acknowledge_alert(alert_id=alert_id, by=me(request))
    messages.success(request, "You have it in hand. Its line is gone from the other pages.")
    return redirect("alerts")


@login_required
@require_POST
def mute(request: HttpRequest, alert_id: int) -> HttpResponse:
    duration = request.POST.get("for", "")
    mute_alert(alert_id=alert_id, by=me(request), duration=duration)
    messages.success(request, f"Nobody is told of it anew for {duration}. It still stands here.")
    return redirect("alerts")


@login_required
@require_POST
def unmute(request: HttpRequest, alert_id: int) -> HttpResponse:
    unmute_alert(alert_id=alert_id, by=me(request))
    messages.success(request, "People are told of it again.")
    return redirect("alerts")


@login_required
@require_POST
def test(request: HttpRequest, channel: str) -> HttpResponse:
    """Send a message now and say what came back; waits a few seconds at most."""
    name = dict(Delivery.Channel.choices).get(channel, channel)
    try:
        said = send_test(channel=channel, by=me(request))
    except NotDelivered as error:
        messages.error(request, f"The test by {name} did not arrive. {error}")
    else:
        messages.success(request, f"The test by {name} was sent. {said}")
    return redirect("alerts")


def _row(alert: Alert, muted: dict[str, Any]) -> dict[str, Any]:
    return {
        "alert": alert,
        "pictures": [shown.image for shown in alert.shown.all()][:STRIP],
        "deliveries": sorted(alert.deliveries.all(), key=lambda one: one.pk),
        "mute": muted.get(alert.key),
    }


def _channels() -> list[dict[str, str]]:
    names = dict(Delivery.Channel.choices)
    return [
        {"name": name, "words": str(names[name]), "target": channels.target(name)}
        for name in channels.channels()
    ]
