"""What every page says of what runs by itself."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from labelling.pages.menu import COUNTERS
from worker.alerts import unacknowledged_count, unheard_heartbeat

COUNTERS["alerts"] = unacknowledged_count


def vital(request: HttpRequest) -> dict[str, Any]:
    """``stalled`` is the alert that no picture comes through, until somebody takes it in hand.

    One query of an index with a row for each open alert, where a page asks.
    """
    return {"stalled": SimpleLazyObject(unheard_heartbeat)}
