"""The gallery's filters for programs: what makes no sense is refused instead of passed over."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema_field

from labelling.api.lists import Moment, OneOf, OneOfChoices
from labelling.errors import InvalidRequest
from labelling.models import Image
from labelling.search import fields
from labelling.search.filters import FOR_REVIEWERS, VERSIONS, ImageFilter
from labelling.search.find import with_sort_key
from labelling.search.numbers import DecimalNumberFilter, WholeNumberFilter

BY_VALUE = {"oldest": ("received_at",), "largest": ("-size",)}
BY_KEY = {"uncertain": ("sort_key",), "ai": ("-sort_key",), "human": ("sort_key",)}
NEWEST = ("-received_at",)

One = Callable[[QuerySet[Image], str, Any], QuerySet[Image]]


@extend_schema_field({"type": "integer", "minimum": 1})
class OneOfVersions(OneOf, WholeNumberFilter):
    """Some numbers of versions."""


@extend_schema_field({"type": "number", "minimum": 0, "maximum": 1})
class Probability(DecimalNumberFilter):
    """A number from 0 to 1."""


def order_of(query: QueryDict) -> Sequence[str]:
    """The fields to page by; the same for a sort that there is not, which the filter refuses."""
    sort = query.get("sort", "")
    return (BY_VALUE | BY_KEY).get(sort, NEWEST)


class ImageFilterForPrograms(ImageFilter):
    """Probabilities run from 0 to 1, moments are ISO 8601, and words may be several."""

    verdict = OneOfChoices(
        choices=fields.VERDICTS,
        method="by_verdict",
        help_text="What is said now. Several with commas between them.",
    )
    probability_from = Probability(
        method="by_least", min_value=0, max_value=1, label="Least probability of AI."
    )
    probability_to = Probability(
        method="by_most", min_value=0, max_value=1, label="Greatest probability of AI."
    )
    label = OneOfChoices(
        choices=fields.LABELS,
        method="by_label",
        help_text="What people settled. Several with commas between them.",
    )
    state = OneOfChoices(
        choices=[("classified", "Judged"), *fields.STATES],
        method="by_state",
        help_text="How it stands. Several with commas between them.",
    )
    source = OneOfChoices(
        choices=fields.SOURCES,
        method="by_source",
        help_text="How it came. Several with commas between them.",
    )
    disagreement = OneOfChoices(
        choices=fields.DISAGREEMENTS,
        method="by_disagreement",
        help_text="Who disagrees on it; for those who review. Several with commas between them.",
    )
    version = OneOfVersions(
        method="by_version",
        min_value=1,
        max_value=VERSIONS,
        help_text="Numbers of versions that judged it. Several with commas between them.",
    )
    received_after = Moment(field_name="received_at", lookup_expr="gt", label="A moment, ISO 8601.")
    received_before = Moment(
        field_name="received_at", lookup_expr="lt", label="A moment, ISO 8601."
    )
    sort = ChoiceFilter(choices=fields.SORTS, method="by_sort", label="The order; newest first.")
    similar = None  # has an address of its own, which tells how alike they are

    def __init__(
        self, data: QueryDict | None = None, queryset: Any = None, *, request: Any = None, **_: Any
    ) -> None:
        images = Image.objects.none() if queryset is None else queryset
        super().__init__(data or QueryDict(), images=images, person=request.user)
        for name in FOR_REVIEWERS:
            if name in self.data and name not in self.filters:
                raise InvalidRequest(f"The filter “{name}” is for those who review.")

    def by_verdict(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return self.saying(found, verdict__in=value)

    def by_least(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return super().by_least(found, name, value * 100)

    def by_most(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return super().by_most(found, name, value * 100)

    def by_label(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return _any(super().by_label, found, name, value)

    def by_state(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return _any(super().by_state, found, name, value)

    def by_source(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return self.come_by(found, value)

    def by_disagreement(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return _any(super().by_disagreement, found, name, value)

    def by_version(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return self.judged_by(found, value)

    def by_sort(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        """By what is said, only those of which the version that answers now has said something."""
        if value not in fields.BY_FINDING:
            return found
        return with_sort_key(found, value, self.person).filter(Q(sort_key__isnull=False))


def _any(one: One, found: QuerySet[Image], name: str, values: Sequence[Any]) -> QuerySet[Image]:
    """Those for which one of the values holds."""
    if len(values) == 1:
        return one(found, name, values[0])
    each = [one(Image.objects.order_by(), name, value).values("pk") for value in values]
    return found.filter(reduce(or_, (Q(pk__in=ids) for ids in each)))
