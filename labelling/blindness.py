"""Reviewing is blind: what a reviewer may still decide, they see without anyone's opinion of it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelling.models import Image, Review, Submission
from labelling.permissions import Person, may_administer, may_review


@dataclass(frozen=True)
class Sight:
    """What one person may see of one picture, of which they may see the pixels anyway."""

    finding: bool
    votes: bool
    voted: bool


def with_open_findings(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Leave the pictures whose finding this person may see: no longer, or never, blind to it."""
    if may_administer(person) or not may_review(person):
        return images
    mine = Submission.objects.filter(image=OuterRef("pk"), submitter=person.pk)
    return images.filter(Q(Exists(mine)) | Q(Exists(_votes_of(person))))


def sight_of(person: Person, image: Image) -> Sight:
    """Other people's votes open with one's own; an administrator also sees what has settled."""
    voted = Review.objects.standing().filter(image=image, reviewer=person.pk).exists()
    settled = may_administer(person) and hasattr(image, "label")
    shown = with_open_findings(Image.objects.filter(pk=image.pk), person)
    return Sight(finding=shown.exists(), votes=voted or settled, voted=voted)


def _votes_of(person: Person) -> QuerySet[Review]:
    return Review.objects.standing().filter(image=OuterRef("pk"), reviewer=person.pk)
