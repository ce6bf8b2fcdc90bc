"""Who may ask at all: checked before a body is read, so that nobody else learns what is wrong."""

from typing import Any

from rest_framework.request import Request

from labelling.api.base import ApiView
from labelling.permissions import check_may_administer, check_may_review


class ForAdministrators(ApiView):
    """Addresses of what administrators alone see and change."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_may_administer(request.user)


class ForReviewers(ApiView):
    """Addresses of what whoever settles pictures sees."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_may_review(request.user)
