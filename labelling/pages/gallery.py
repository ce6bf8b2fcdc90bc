"""Many pictures at once: for each what the person who looks may know of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from labelling.blindness import open_findings
from labelling.models import Image, Prediction
from labelling.numerals import whole_number
from labelling.permissions import Person
from labelling.queries import current_predictions
from labelling.search import Found, fields
from labelling.search.find import asked_for

PAGE = 48
LAST_PAGE = 100  # further on it is quicker to narrow the search
COUNTED = 1000  # up to here it is said how many there are


@dataclass(frozen=True)
class Tile:
    """``prediction`` is None while there is none, and while ``blind``."""

    image: Image
    prediction: Prediction | None
    blind: bool


@dataclass(frozen=True)
class Chip:
    """One filter that is set, in words, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Page:
    """One page of what was found. ``back`` and ``on`` are addresses, empty where there is none."""

    images: list[Image]
    number: int
    back: str
    on: str


def tiles(images: Sequence[Image], person: Person) -> list[Tile]:
    """Three queries, however many pictures."""
    allowed = open_findings(images, person)
    predictions = current_predictions([image for image in images if image.pk in allowed])
    return [
        Tile(image, predictions.get(image.pk), blind=image.pk not in allowed) for image in images
    ]


def page_of(found: Found, query: QueryDict) -> Page:
    """The page that the address names; one more picture tells whether there is a next one."""
    asked = query.get("page", "1")
    number = min(whole_number(asked) or 1, LAST_PAGE)
    start = (number - 1) * PAGE
    images = list(found.images[start : start + PAGE + 1])
    more = len(images) > PAGE and number < LAST_PAGE
    return Page(
        images=images[:PAGE],
        number=number,
        back=address(query, page=str(number - 1)) if number > 1 else "",
        on=address(query, page=str(number + 1)) if more else "",
    )


def counted(found: Found) -> tuple[int, bool]:
    """How many were found, and whether there are more than that: nobody waits for a great count."""
    count = found.images.order_by()[: COUNTED + 1].count()
    return min(count, COUNTED), count > COUNTED


def chips(found: Found, query: QueryDict) -> Iterator[Chip]:
    """What is set, each with a way to take it off."""
    for name, value in asked_for(found.filters).items():
        label = found.filters.filters[name].label
        if name == "similar":
            yield Chip("Similar to one picture", address(query, similar=""))
        else:
            yield Chip(f"{label}: {_words(found, name, value)}", address(query, **{name: ""}))


def address(query: QueryDict, **changes: str) -> str:
    """The address's part behind the ?, with some values changed, or left out where empty."""
    wanted = query.copy()
    wanted.pop("page", None)
    for name, value in changes.items():
        wanted.pop(name, None)
        if value:
            wanted[name] = value
    return wanted.urlencode()


def sorts(found: Found) -> list[tuple[str, str]]:
    return [] if found.alike else fields.SORTS


def _words(found: Found, name: str, value: object) -> str:
    choices = dict(getattr(found.filters.form.fields[name], "choices", ()))
    if value in choices:
        return str(choices[value])
    return f"{value:%-d %b %Y}" if isinstance(value, date) else f"{value}"
