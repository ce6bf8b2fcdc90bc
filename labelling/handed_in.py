"""What a person handed in: each picture once, and how it stands for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from classifier.vocabulary import Verdict
from labelling.blindness import open_findings, open_labels, with_open_findings
from labelling.models import Dispute, Image, Prediction, Submission, User
from labelling.queries import current_predictions, saying

VERDICTS = {verdict.value for verdict in Verdict}


class Standing(StrEnum):
    """How far a picture is, for whoever handed it in."""

    WAITING = "waiting"
    FAILED = "failed"
    FOUND = "found"
    DISPUTED = "disputed"
    SETTLED = "settled"


@dataclass(frozen=True)
class HandedIn:
    """``dispute`` is this person's newest; ``told``: whether they may know as what it settled."""

    submission: Submission
    prediction: Prediction | None
    dispute: Dispute | None
    told: bool

    @property
    def image(self) -> Image:
        return self.submission.image

    @property
    def standing(self) -> Standing:
        if self.dispute and self.dispute.state == Dispute.State.OPEN:
            return Standing.DISPUTED
        if self.image.settled_as:
            return Standing.SETTLED
        if self.prediction:
            return Standing.FOUND
        failed = self.image.state == Image.State.FAILED
        return Standing.FAILED if failed else Standing.WAITING


def own_submissions(person: User) -> QuerySet[Submission]:
    """The last time that ``person`` handed each of their pictures in, the newest first."""
    later = Submission.objects.filter(
        image=OuterRef("image"), submitter=person, pk__gt=OuterRef("pk")
    )
    mine = Submission.objects.filter(~Exists(later), submitter=person)
    there = mine.filter(image__deleted_at__isnull=True).select_related("image__label")
    return there.order_by("-created_at", "-pk")


def filtered(
    submissions: QuerySet[Submission], person: User, *, show: str = "", text: str = ""
) -> QuerySet[Submission]:
    """Those with a verdict, or that wait, are disputed or settled; ``text`` is of the file name."""
    if text:
        named = person.submission_set.filter(filename__icontains=text)
        submissions = submissions.filter(image__in=named.values("image"))
    if show in VERDICTS:
        own = Image.objects.filter(pk__in=person.submission_set.values("image"))
        said = saying(with_open_findings(own, person), verdict=show)
        return submissions.filter(image__in=said.values("pk"))
    if show == Standing.WAITING:
        return submissions.filter(image__state=Image.State.WAITING)
    if show == Standing.DISPUTED:
        disputed = person.disputes.exclude(state=Dispute.State.WITHDRAWN)
        return submissions.filter(image__in=disputed.values("image"))
    if show == Standing.SETTLED:
        return submissions.filter(Q(image__label__isnull=False) | Q(image__unusable=True))
    return submissions


def handed_in(rows: Sequence[Submission], person: User) -> list[HandedIn]:
    """Each with what this person may know of it; as many queries for few as for many."""
    images = [row.image for row in rows]
    allowed = open_findings(images, person)
    predictions = current_predictions([image for image in images if image.pk in allowed])
    disputes = _newest_disputes(images, person)
    told = open_labels({image.pk for image in images}, person)
    return [
        HandedIn(
            submission=row,
            prediction=predictions.get(row.image_id),
            dispute=disputes.get(row.image_id),
            told=row.image_id in told,
        )
        for row in rows
    ]


def _newest_disputes(images: Sequence[Image], person: User) -> dict[UUID, Dispute]:
    mine: Iterable[Dispute] = person.disputes.filter(image__in=images).order_by("opened_at", "pk")
    return {dispute.image_id: dispute for dispute in mine}
