"""What every address of the API shares."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, ClassVar, NoReturn

from django.views.decorators.http import conditional_page
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from labelling.api import sparse
from labelling.api.access import TokenHasScope
from labelling.api.query import check_query
from labelling.api.throttles import ScopeThrottle, TooOften
from labelling.errors import InvalidRequest, MissingFile
from labelling.models import Scope, User


class WhateverIsAccepted(DefaultContentNegotiation):
    """Answers in the one form that there is, also a client that hopes for another."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ApiView(APIView):
    """An address of the API. ``scopes`` says, by method, what a token must be for, and
    ``parameters`` what its query may have; None leaves that to others."""

    content_negotiation_class = WhateverIsAccepted
    permission_classes: Sequence[Any] = (IsAuthenticated, TokenHasScope)
    throttle_classes = (ScopeThrottle,)
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.READ}
    parameters: ClassVar[Set[str] | None] = frozenset()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """With an ``ETag``: who has the answer already is told so by 304 and nothing else."""
        return conditional_page(super().as_view(**initkwargs))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.check_query(request)

    def check_query(self, request: Request) -> None:
        """Raises InvalidRequest for a parameter that nothing would come of."""
        handler = getattr(self, (request.method or "").lower(), None)
        if handler is None or self.parameters is None or request.method == "OPTIONS":
            return
        shared = {sparse.PARAMETER} if getattr(handler, "sparse", False) else set()
        check_query(request.query_params, self.parameters | shared, called="parameter")

    def throttled(self, request: Request, wait: float) -> NoReturn:
        raise TooOften(wait)


def sent_picture(request: Request) -> Any:
    """The uploaded file of the field ``file``. Raises MissingFile, InvalidRequest."""
    files = request.FILES.getlist("file")
    if not files:
        raise MissingFile("Send the picture as a file in the field “file”.")
    if len(files) + len(request.POST.getlist("file")) > 1:  # the second perhaps without a name
        raise InvalidRequest("Send one picture per request.")
    return files[0]


def refuse_other_fields(request: Request, field: str) -> None:
    """Raises InvalidRequest where the form has more than files in ``field``.

    It would be passed over. Django takes a file with an empty name for text.
    """
    if set(request.data) - {field}:
        raise InvalidRequest(f"Send what you send in the field “{field}”, and no other field.")
    if request.FILES and request.POST:
        raise InvalidRequest(f"Whatever is in the field “{field}” has to be a file with a name.")


def signed_in(request: Request) -> User | None:
    """The person who asks; None for a stranger."""
    return request.user if request.user.is_authenticated else None


def me(request: Request) -> User:
    """The person who asks, where the view lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user
