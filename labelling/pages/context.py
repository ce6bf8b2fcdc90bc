"""What every page may need to know."""

from typing import Any

from django.http import HttpRequest

from labelling.permissions import may_administer, may_review


def site(request: HttpRequest) -> dict[str, Any]:
    """What the person who looks may do, for the menu."""
    return {"may_review": may_review(request.user), "may_administer": may_administer(request.user)}
