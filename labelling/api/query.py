"""What stands behind the question mark of an address: nothing is passed over there."""

from collections.abc import Sequence, Set

from django.http import QueryDict

from labelling.errors import InvalidRequest


def check_query(query: QueryDict, known: Set[str], *, called: str = "filter") -> None:
    """Raises InvalidRequest for what no parameter is named, what is named twice, and no value.

    Passed over, it would answer something else than was asked.
    """
    for name, values in query.lists():
        _check(name, values, known, called)


def _check(name: str, values: Sequence[str], known: Set[str], called: str) -> None:
    if name not in known:
        raise InvalidRequest(f"There is no {called} “{name[:60]}” here.")
    if len(values) > 1:
        raise InvalidRequest(f"Name “{name}” once, several values with commas between them.")
    if not values[0].strip():
        raise InvalidRequest(f"The {called} “{name}” has no value; leave it out.")
