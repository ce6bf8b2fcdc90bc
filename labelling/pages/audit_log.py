"""The audit log for administrators: who changed what, the newest first."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labelling.audit_words import words_of
from labelling.models import AuditEntry, AuditHead
from labelling.numerals import whole_number
from labelling.permissions import check_may_administer
from labelling.queries import audit_entries

PAGE = 50
FILTERS = ("action", "actor", "subject")
# Where the page of a subject is, by its kind: the name of the address. The rooms above have theirs.
PAGES = {
    "image": "image",
    "version": "version",
    "person": "person",
    "dispute": "dispute",
    "job": "job",
}


ROOMS = {
    "": "Everything",
    "label": "Labels",
    "image": "Pictures",
    "dispute": "Disputes",
    "link": "Links",
    "export": "Exports",
    "model": "Versions",
    "policy": "Policies",
    "alert": "Alerts",
    "role": "Roles",
    "person": "Accounts",
    "token": "Tokens",
    "webhook": "Webhooks",
    "invitation": "Invitations",
}


@login_required
@never_cache
@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    """One page of entries; ``before`` is the last row that the page above showed."""
    check_may_administer(request.user)
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    entries, older = _page(audit_entries(**asked), request.GET.get("before", ""))
    kept = {name: value for name, value in asked.items() if value}
    context = {
        "asked": asked,
        "rows": [_row(entry) for entry in entries],
        "older": urlencode({**kept, "before": older}) if older else "",
        "newest": urlencode(kept) if "before" in request.GET else None,
        "head": AuditHead.objects.first(),
        "rooms": ROOMS,
    }
    return render(request, "labelling/audit_log.html", context)


def _page(found: QuerySet[AuditEntry], before: str) -> tuple[list[AuditEntry], int | None]:
    """The entries of one page, and where the next one begins. Counts nothing, however many."""
    if (number := whole_number(before)) is not None:
        found = found.filter(pk__lt=number)
    entries = list(found[: PAGE + 1])
    return entries[:PAGE], entries[PAGE - 1].pk if len(entries) > PAGE else None


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "entry": entry,
        "words": words_of(entry),
        "url": subject_url(entry.subject),
        "details": details_of(entry.details),
    }


def subject_url(subject: str) -> str:
    """The page of what changed; empty where there is none."""
    kind, _, key = subject.partition(":")
    try:
        return reverse(PAGES[kind], args=[key])
    except (KeyError, NoReverseMatch):
        return ""


def details_of(details: dict[str, Any]) -> list[tuple[str, str]]:
    """The change in pairs of words; what is nested is spelled as ``name: value``."""
    return [
        (name.replace("_", " "), _spelled(value))
        for name, value in details.items()
        if value not in (None, "", [], {})
    ]


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {_spelled(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(_spelled, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)
