"""The gallery's filters, by django-filter. A value that makes no sense filters nothing out."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django_filters import (
    CharFilter,
    ChoiceFilter,
    DateFilter,
    Filter,
    FilterSet,
    UUIDFilter,
)

from labelling.blindness import sees_everything, with_open_findings, with_open_labels
from labelling.models import Flag, Image, Prediction, Review
from labelling.permissions import Person, may_administer, may_review
from labelling.queries import contradicted, saying
from labelling.search import fields, sight
from labelling.search.numbers import DecimalNumberFilter, WholeNumberFilter

# What is asked for by these stands in the menu of those alone who may know it.
FOR_REVIEWERS = ("uploader", "disagreement")
FOR_ADMINISTRATORS = {"label": ("gold",), "state": ("audit",)}
# A day that can be carried into every time zone and to the day after.
DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
VERSIONS = 10_000  # a number above is none of a version's


class ImageFilter(FilterSet):
    """Filters of one person: what that person may not know of a picture is no ground to find it."""

    verdict = ChoiceFilter(choices=fields.VERDICTS, method="by_verdict", label="Verdict")
    probability_from = DecimalNumberFilter(
        method="by_least", min_value=0, max_value=100, label="Probability of AI from, in %"
    )
    probability_to = DecimalNumberFilter(
        method="by_most", min_value=0, max_value=100, label="To, in %"
    )
    label = ChoiceFilter(choices=fields.LABELS, method="by_label", label="Label")
    state = ChoiceFilter(choices=fields.STATES, method="by_state", label="State")
    disagreement = ChoiceFilter(
        choices=fields.DISAGREEMENTS, method="by_disagreement", label="Disagreement"
    )
    name = CharFilter(
        method="by_name",
        max_length=fields.LONGEST_TEXT,
        validators=[ProhibitNullCharactersValidator()],
        label="In the file name",
    )
    source = ChoiceFilter(choices=fields.SOURCES, method="by_source", label="Came by")
    uploader = CharFilter(
        method="by_uploader",
        max_length=150,
        validators=[ProhibitNullCharactersValidator()],
        label="Uploader",
    )
    version = WholeNumberFilter(
        method="by_version", min_value=1, max_value=VERSIONS, label="Judged by version"
    )
    received_from = DateFilter(
        method="by_first_day",
        label="Received from",
        validators=DAYS,
        widget=forms.DateInput({"type": "date"}),
    )
    received_to = DateFilter(
        method="by_last_day",
        label="Until",
        validators=DAYS,
        widget=forms.DateInput({"type": "date"}),
    )
    similar = UUIDFilter(method="leave", label="Similar to", widget=forms.HiddenInput)

    class Meta:
        model = Image
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, *, images: QuerySet[Image], person: Person) -> None:
        self.person = person
        super().__init__(data, queryset=images)
        if not may_review(person) and not sees_everything(person):
            for name in FOR_REVIEWERS:
                del self.filters[name]
        if not may_administer(person):
            for name, hidden in FOR_ADMINISTRATORS.items():
                _hide(self.filters[name], hidden)

    def by_verdict(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return self.saying(found, verdict=value)

    def by_least(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return self.saying(found, probability_ai__gte=float(value) / 100)

    def by_most(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        return self.saying(found, probability_ai__lte=float(value) / 100)

    def by_label(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        if value == "settled":
            return sight.settled_known(found, self.person)
        if value == "unsettled":
            settled = sight.settled_known(Image.objects.order_by(), self.person)
            return found.exclude(pk__in=settled.values("pk"))
        if value == "unusable":
            return sight.votes_known(found, self.person).filter(unusable=True)
        known = with_open_labels(found, self.person)
        return (
            known.filter(label__gold=True) if value == "gold" else known.filter(label__value=value)
        )

    def by_state(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        if value == "flagged":
            flags = Flag.objects.filter(image=OuterRef("pk"), resolved_at__isnull=True)
            if not sees_everything(self.person):
                flags = flags.filter(by=self.person.pk)
            return found.filter(Exists(flags))
        if value == "disputed":
            return with_open_findings(found, self.person).filter(disputed_at__isnull=False)
        if value == "audit":
            return found.filter(audit=True)
        return found.filter(state=value)

    def by_disagreement(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        if value == "versions":
            return with_open_findings(found, self.person).filter(challenged_at__isnull=False)
        if value == "label":
            known = with_open_labels(found, self.person)
            return contradicted(with_open_findings(known, self.person))
        votes = Review.objects.counting().filter(image=OuterRef("pk"))
        return sight.votes_known(found, self.person).filter(
            Exists(votes.filter(answer=Review.Answer.AI)),
            Exists(votes.filter(answer=Review.Answer.HUMAN)),
        )

    def by_name(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        named = sight.known_submissions(self.person).filter(
            image=OuterRef("pk"), filename__icontains=value
        )
        return with_open_findings(found, self.person).filter(Exists(named))

    def by_source(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return self.come_by(found, [value])

    def by_uploader(self, found: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        theirs = sight.known_submissions(self.person).filter(
            image=OuterRef("pk"), submitter__username__iexact=value
        )
        return found.filter(Exists(theirs))

    def by_version(self, found: QuerySet[Image], name: str, value: int) -> QuerySet[Image]:
        return self.judged_by(found, [value])

    def by_first_day(self, found: QuerySet[Image], name: str, value: date) -> QuerySet[Image]:
        return found.filter(received_at__gte=_midnight(value))

    def by_last_day(self, found: QuerySet[Image], name: str, value: date) -> QuerySet[Image]:
        return found.filter(Q(received_at__lt=_midnight(value) + timedelta(days=1)))

    def leave(self, found: QuerySet[Image], name: str, value: Any) -> QuerySet[Image]:
        """Likeness orders what is found; ``labelling.search.find`` sees to it."""
        return found

    def saying(self, found: QuerySet[Image], **what: Any) -> QuerySet[Image]:
        return saying(with_open_findings(found, self.person), **what)

    def come_by(self, found: QuerySet[Image], channels: Sequence[str]) -> QuerySet[Image]:
        came = sight.known_submissions(self.person).filter(channel__in=channels)
        return found.filter(Exists(came.filter(image=OuterRef("pk"))))

    def judged_by(self, found: QuerySet[Image], numbers: Sequence[int]) -> QuerySet[Image]:
        said = Prediction.objects.spoken().filter(image=OuterRef("pk"), version__number__in=numbers)
        return with_open_findings(found, self.person).filter(Exists(said))


def _hide(choosing: Filter, hidden: Collection[str]) -> None:
    """Take choices away. Who wrote down all choices for the schema has made the field already."""
    choosing.extra["choices"] = [one for one in choosing.extra["choices"] if one[0] not in hidden]
    vars(choosing).pop("_field", None)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
