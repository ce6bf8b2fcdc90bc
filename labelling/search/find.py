"""One search: what is asked for, what was found in which order, and what was not understood."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Abs
from django.http import QueryDict

from labelling.blindness import with_open_findings
from labelling.errors import NotFound
from labelling.models import Image
from labelling.nearest import nearest_among
from labelling.permissions import Person
from labelling.queries import image_for, visible_images, with_live_finding
from labelling.search import fields
from labelling.search.filters import ImageFilter

MOST_ALIKE = 96  # pictures that a search by likeness shows
NOT_THERE = "There is no such picture, or it is not yours to see."
EVEN = 0.5


@dataclass(frozen=True)
class Found:
    """``images`` in their order. ``filters`` has a form with the person's words and our errors."""

    images: QuerySet[Image]
    filters: ImageFilter
    sort: str
    alike: Image | None

    @property
    def is_narrowed(self) -> bool:
        return self.alike is not None or bool(asked_for(self.filters))


def find(person: Person, query: QueryDict) -> Found:
    """What this person may see of what ``query`` (the address's part behind the ?) asks for.

    A value that makes no sense, an unknown field or an unknown sort is passed over; what was not
    understood stands beside its field in ``filters.form.errors``.
    """
    filters = ImageFilter(query, images=visible_images(person), person=person)
    images = filters.qs.order_by()
    alike = _alike(filters, person)
    if alike is not None:
        return Found(_by_likeness(images, alike), filters, "", alike)
    sort = query.get("sort", "")
    if sort not in dict(fields.SORTS):
        sort = fields.NEWEST
    return Found(_sorted(images, sort, person), filters, sort, None)


def found_images(person: Person, query: QueryDict) -> QuerySet[Image]:
    """The pictures of a search in its order, for whoever needs nothing else of it."""
    return find(person, query).images


def asked_for(filters: ImageFilter) -> dict[str, Any]:
    """The fields that were filled in and understood, with their values."""
    cleaned = filters.form.cleaned_data if filters.form.is_valid() or filters.form.errors else {}
    return {name: value for name, value in cleaned.items() if value not in (None, "")}


def _alike(filters: ImageFilter, person: Person) -> Image | None:
    wanted = asked_for(filters).get("similar")
    if wanted is None:
        return None
    try:
        return image_for(person, wanted)
    except NotFound:
        filters.form.add_error("similar", NOT_THERE)
        return None


def _by_likeness(images: QuerySet[Image], alike: Image) -> QuerySet[Image]:
    """The most alike first, in the eyes of the network that answers now."""
    ids = nearest_among(alike, images, MOST_ALIKE)
    place = Case(
        *(When(pk=image_id, then=Value(number)) for number, image_id in enumerate(ids)),
        default=Value(len(ids)),
        output_field=IntegerField(),
    )
    return Image.objects.filter(pk__in=ids).order_by(place, "pk")


def _sorted(images: QuerySet[Image], sort: str, person: Person) -> QuerySet[Image]:
    if sort in fields.BY_FINDING:
        return _by_finding(with_open_findings(images, person), sort)
    order = {"oldest": ("received_at", "pk"), "largest": ("-size", "-received_at", "pk")}
    return images.order_by(*order.get(sort, ("-received_at", "pk")))


def _by_finding(images: QuerySet[Image], sort: str) -> QuerySet[Image]:
    """By what the version that answers says; those of which it says nothing come last."""
    joined = with_live_finding(images).alias(sort_key=_key(sort))
    key = F("sort_key")
    first = key.desc(nulls_last=True) if sort == "ai" else key.asc(nulls_last=True)
    return joined.order_by(first, "-received_at", "pk")


def with_sort_key(images: QuerySet[Image], sort: str, person: Person) -> QuerySet[Image]:
    """Those whose finding this person may see, with ``sort_key``: what ``BY_FINDING`` sorts by.

    Null where the version that answers has said nothing. It rises, for ``ai`` it falls.
    """
    return with_live_finding(with_open_findings(images, person)).annotate(sort_key=_key(sort))


def _key(sort: str) -> F | Abs:
    probability = F("live__probability_ai")
    return Abs(probability - EVEN) if sort == "uncertain" else probability
