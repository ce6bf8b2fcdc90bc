"""A person's webhooks: making one, and what can be done with it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from classifier.errors import AivhError
from labelling.errors import InvalidRequest
from labelling.page_numbers import Paginator
from labelling.pages.signed_in import logged_out, me
from labelling.permissions import may_administer
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.services.webhooks import by_hand
from worker.services.webhooks import endpoints as services
from worker.services.webhooks.addresses import LONGEST_URL
from worker.webhooks.queries import deliveries_of, own_webhooks, webhook_for

PAGE = 20
SOON = timedelta(seconds=35)  # a message in a worker's hands says so much

show_or_do = require_http_methods(["GET", "POST"])


@login_required
@never_cache
@show_or_do
def webhooks(request: HttpRequest) -> HttpResponse:
    """All of one's own, and the form that makes one; a new one is shown with its secret."""
    form = _form(request, None)
    if request.method == "POST":
        try:
            made, secret = services.make_webhook(owner=me(request), wish=_wish(request))
        except AivhError as error:
            form |= {"error": error.message, "status": 400}
        else:
            return render(request, "worker/webhook.html", _one(request, made, secret=secret))
    context = form | {"endpoints": own_webhooks(request.user)}
    return render(request, "worker/webhooks.html", context, status=form.get("status", 200))


@login_required
@never_cache
@show_or_do
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One of them with what was sent there; a form changes it."""
    shown = webhook_for(request.user, webhook_id)
    if request.method == "GET":
        return render(request, "worker/webhook.html", _one(request, shown))
    try:
        services.change_webhook(webhook_id=webhook_id, by=me(request), wish=_wish(request))
    except InvalidRequest as error:
        context = _one(request, shown) | {"error": error.message}
        return render(request, "worker/webhook.html", context, status=400)
    messages.success(request, "It is changed. What happens from now on is told so.")
    return redirect(shown)


@never_cache
@require_GET
def log(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """What was sent, alone: asked for while something is on its way."""
    if not request.user.is_authenticated:
        return logged_out(request)
    shown = webhook_for(request.user, webhook_id)
    return render(request, "worker/_webhook_log.html", _log(request, shown))


@login_required
@require_POST
def switch(request: HttpRequest, webhook_id: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    wish = services.Wish(enabled=on)
    shown = services.change_webhook(webhook_id=webhook_id, by=me(request), wish=wish)
    said = "It is on. What waits for it is sent." if on else "It is off. Nothing is sent there."
    messages.success(request, said)
    return redirect(shown)


@login_required
@never_cache
@require_POST
def secret(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """A new secret, shown this once."""
    shown, made = services.rotate_secret(webhook_id=webhook_id, by=me(request))
    return render(request, "worker/webhook.html", _one(request, shown, secret=made))


@login_required
@require_POST
def test(request: HttpRequest, webhook_id: int) -> HttpResponse:
    by_hand.send_test(webhook_id=webhook_id, by=me(request))
    messages.success(request, "A test is on its way. What comes back stands under Messages.")
    return redirect("webhook", webhook_id)


@login_required
@require_POST
def again(request: HttpRequest, webhook_id: int, delivery_id: UUID) -> HttpResponse:
    by_hand.redeliver(webhook_id=webhook_id, delivery_id=delivery_id, by=me(request))
    messages.success(request, "It is sent again. What comes back stands under Messages.")
    return redirect("webhook", webhook_id)


@login_required
@require_POST
def delete(request: HttpRequest, webhook_id: int) -> HttpResponse:
    services.delete_webhook(webhook_id=webhook_id, by=me(request))
    messages.success(request, "The webhook is deleted, with the log of its messages.")
    return redirect("webhooks")


def _wish(request: HttpRequest) -> services.Wish:
    sent = request.POST
    return services.Wish(
        url=sent.get("url", "").strip(),
        events=sent.getlist("events"),
        description=sent.get("description", ""),
        everything="everything" in sent,
    )


def _form(request: HttpRequest, shown: WebhookEndpoint | None) -> dict[str, Any]:
    """What the form's fields hold: what was sent, else what is stored."""
    sent = _wish(request) if request.method == "POST" and "url" in request.POST else shown
    return {
        "form": sent,
        "kinds": services.OFFERED,
        "for_administrators": services.FOR_ADMINISTRATORS,
        "may_hear_everything": may_administer(request.user),
        "longest": {"url": LONGEST_URL, "description": services.LONGEST_DESCRIPTION},
    }


def _one(request: HttpRequest, shown: WebhookEndpoint, *, secret: str = "") -> dict[str, Any]:
    return {
        **(_form(request, shown) | ({"form": shown} if secret else {})),
        **_log(request, shown),
        "secret": secret,
    }


def _log(request: HttpRequest, shown: WebhookEndpoint) -> dict[str, Any]:
    page = Paginator(deliveries_of(shown), PAGE).get_page(request.GET.get("page"))
    return {
        "endpoint": shown,
        "page": page,
        "under_way": any(_is_under_way(row, shown) for row in page),
    }


def _is_under_way(row: WebhookDelivery, endpoint: WebhookEndpoint) -> bool:
    """Whether something will come of it soon, so that it is worth looking again."""
    soon = timezone.now() + SOON
    if endpoint.rests_until and endpoint.rests_until > soon:
        return False
    sent = endpoint.enabled or row.event.kind == WebhookEvent.Kind.TEST
    return sent and row.next_try_at is not None and row.next_try_at <= soon
