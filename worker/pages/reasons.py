"""Asking back for a reason before something is done."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labelling.errors import InvalidRequest
from labelling.pages.signed_in import me


def ask_for_reason(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    act: Callable[..., object],
) -> HttpResponse | None:
    """The page that asks, or that says what is wrong with the reason; None where ``act`` did it.

    ``act`` takes ``by`` and ``reason`` and raises InvalidRequest for one that does not do.
    """
    if request.method == "GET":
        return render(request, template, dict(context))
    reason = request.POST.get("reason", "")
    try:
        act(by=me(request), reason=reason)
    except InvalidRequest as error:
        told = {**context, "error": error.message, "reason": reason}
        return render(request, template, told, status=400)
    return None
