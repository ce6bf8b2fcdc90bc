"""``?fields=a,b``: only these members of an answer."""

from collections.abc import Callable, Mapping, Sequence, Set
from functools import wraps
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from labelling.errors import InvalidRequest

PARAMETER = "fields"
Body = Mapping[str, Any]


def sparse(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a method that answers with one object answer with the members that were asked for."""

    @wraps(view)
    def chosen(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = view(self, request, *args, **kwargs)
        response.data = only_asked([response.data], request, response.data.keys)[0]
        return response

    chosen.sparse = True  # type: ignore[attr-defined]
    return chosen


def only_asked(
    bodies: Sequence[Body], request: Request, members: Callable[[], Set[str]]
) -> list[Body]:
    """The bodies, which have these ``members``, with those that were asked for.

    Raises InvalidRequest for a member that there is not, also where there is no body.
    """
    given = request.query_params.get(PARAMETER)
    if given is None:
        return list(bodies)
    names = [name.strip() for name in given.split(",")]
    if unknown := sorted(set(names) - members()):
        raise InvalidRequest(f"There is no member “{unknown[0][:60]}” to choose.")
    return [{name: body[name] for name in names} for body in bodies]
