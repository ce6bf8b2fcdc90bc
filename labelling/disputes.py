"""Reading disputes: who may see which, and what has become of the picture meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from labelling.agreement import Decision
from labelling.blindness import sees_everything
from labelling.errors import NotFound
from labelling.models import Dispute, Image, Label, Review
from labelling.permissions import Person

CLASSES = (Decision.AI, Decision.HUMAN)


@dataclass(frozen=True)
class Settlement:
    """What people have settled of a picture, and how many of them say so."""

    value: Decision
    people: int

    def contradicts(self, verdict: str) -> bool:
        return contradicts(self.value, verdict)


def contradicts(decision: str, verdict: str) -> bool:
    """Whether a decision shows that a verdict was wrong, or that there was one where it had none.

    What cannot be told, and what is unusable, shows neither.
    """
    return decision in CLASSES and decision != verdict


def visible_disputes(person: Person) -> QuerySet[Dispute]:
    """Those that ``person`` opened; for adjudicators and administrators all.

    Everybody else may still be asked about the picture, so they do not learn of it.
    """
    if not person.is_authenticated or not person.is_active:
        return Dispute.objects.none()
    there = Dispute.objects.filter(image__deleted_at__isnull=True)
    return there if sees_everything(person) else there.filter(by=person.pk)


def open_dispute_count(most: int) -> int:
    """How many disputes wait for an answer, counted up to ``most``; one query."""
    there = Dispute.objects.filter(image__deleted_at__isnull=True)
    return there.filter(state=Dispute.State.OPEN)[:most].count()


def dispute_for(person: Person, dispute_id: int) -> Dispute:
    """The dispute with its picture. Raises NotFound also where it is somebody else's."""
    found = visible_disputes(person).filter(pk=dispute_id)
    dispute = found.select_related("image__label", "version", "by", "answered_by").first()
    if dispute is None:
        raise NotFound("There is no such dispute, or it is not yours to see.")
    return dispute


def settlements(images: Iterable[Image]) -> dict[UUID, Settlement]:
    """What people have settled of these; three queries, however many. What is open is left out."""
    ids = [image.pk for image in images]
    labels = Label.objects.filter(image__in=ids).values_list("image_id", "value")
    settled = {image_id: Decision(value) for image_id, value in labels}
    unusable = Image.objects.filter(pk__in=ids, unusable=True).values_list("pk", flat=True)
    settled |= dict.fromkeys(unusable, Decision.UNUSABLE)
    votes = Review.objects.counting().filter(image__in=settled).order_by()
    counted = votes.values_list("image_id", "answer").annotate(
        people=Count("reviewer", distinct=True)
    )
    people = {(image_id, answer): count for image_id, answer, count in counted}
    return {
        image_id: Settlement(value, people.get((image_id, value.value), 0))
        for image_id, value in settled.items()
    }
