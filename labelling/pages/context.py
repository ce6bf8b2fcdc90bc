"""What every page may need to know."""

from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from labelling.pages.menu import menu
from labelling.permissions import may_adjudicate, may_administer, may_review, may_upload


def site(request: HttpRequest) -> dict[str, Any]:
    """What the person who looks may do, and the menu that follows from it."""
    # A request that was refused before anybody asked who sends it still gets a page.
    person = getattr(request, "user", AnonymousUser())
    return {
        "may_upload": may_upload(person),
        "may_review": may_review(person),
        "may_adjudicate": may_adjudicate(person),
        "may_administer": may_administer(person),
        "menu": SimpleLazyObject(partial(menu, request)),
    }
