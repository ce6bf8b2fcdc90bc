"""What every page may need to know."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from labelling.permissions import may_administer, may_review


def site(request: HttpRequest) -> dict[str, Any]:
    """What the person who looks may do, for the menu."""
    # A request that was refused before anybody asked who sends it still gets a page.
    person = getattr(request, "user", AnonymousUser())
    return {"may_review": may_review(person), "may_administer": may_administer(person)}
