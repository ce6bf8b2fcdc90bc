"""Numbers in an address's query."""

from typing import TypeVar

from rest_framework.request import Request

from labelling.errors import InvalidRequest
from labelling.numerals import whole_number

Usual = TypeVar("Usual", int, None)


def number_asked(
    request: Request, name: str, *, usual: Usual, least: int = 1, most: int
) -> int | Usual:
    """The whole number that ``name`` gives; ``usual`` where it is left out.

    Raises InvalidRequest for anything but digits, and for what is out of bounds.
    """
    given = request.query_params.get(name)
    if given is None:
        return usual
    number = whole_number(given)
    if number is None or not least <= number <= most:
        raise InvalidRequest(f"{name} takes a number from {least} to {most}.")
    return number
