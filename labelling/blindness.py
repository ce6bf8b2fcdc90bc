"""Reviewing is blind: what a reviewer may still decide, they see without anyone's opinion of it."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelling.models import Image, Review, Submission
from labelling.permissions import Person, may_adjudicate, may_administer, may_review


@dataclass(frozen=True)
class Sight:
    """What one person may see of one picture, of which they may see the pixels anyway."""

    finding: bool
    votes: bool


def with_open_findings(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Leave the pictures whose finding this person may see: no longer, or never, blind to it."""
    if sees_everything(person) or not may_review(person):
        return images
    mine = Submission.objects.filter(image=OuterRef("pk"), submitter=person.pk)
    return images.filter(Q(Exists(mine)) | Q(Exists(votes_of(person))))


def open_findings(images: Iterable[Image], person: Person) -> set[UUID]:
    """The ids of those among ``images`` whose finding this person may see."""
    asked = Image.objects.filter(pk__in=[image.pk for image in images]).order_by()
    return set(with_open_findings(asked, person).values_list("pk", flat=True))


def with_open_labels(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Leave the settled pictures whose label this person may see, by the rule of the next one."""
    settled = images.filter(label__isnull=False)
    if sees_everything(person):
        return settled
    return settled.filter(Exists(votes_of(person))) if may_review(person) else settled.none()


def open_labels(image_ids: Set[UUID | None], person: Person) -> set[UUID | None]:
    """The pictures whose label this person may see: reviewers once they voted, others all or none.

    None stands for pictures that were deleted since; nobody can vote on these any more.
    """
    if sees_everything(person):
        return set(image_ids)
    if not may_review(person):
        return set()
    mine = Review.objects.standing().filter(reviewer=person.pk, image__in=image_ids - {None})
    return set(mine.values_list("image_id", flat=True))


def sight_of(person: Person, image: Image) -> Sight:
    """Other people's votes open with one's own; adjudicators see all of them.

    An administrator also sees those on what has settled.
    """
    voted = Review.objects.standing().filter(image=image, reviewer=person.pk).exists()
    settled = may_administer(person) and hasattr(image, "label")
    return Sight(
        finding=bool(open_findings([image], person)),
        votes=voted or settled or may_adjudicate(person),
    )


def sees_everything(person: Person) -> bool:
    """Administrators decide what goes live, adjudicators what people disagree on."""
    return may_administer(person) or may_adjudicate(person)


def votes_of(person: Person) -> QuerySet[Review]:
    """This person's standing vote on the picture of the query around it."""
    return Review.objects.standing().filter(image=OuterRef("pk"), reviewer=person.pk)
