"""Reviewing is blind: what a reviewer may still decide, they see without anyone's opinion of it."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from labelling.models import Image, Review, Submission
from labelling.permissions import Person, may_adjudicate, may_administer, may_review


@dataclass(frozen=True)
class Sight:
    """What one person may see of one picture, of which they may see the pixels anyway."""

    finding: bool
    votes: bool


def with_open_findings(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Leave the pictures whose finding this person may see: no longer, or never, blind to it."""
    if not _begins_blind(person):
        return images
    theirs, voted = _opened_to(person)
    # One list to join with. Either this or that, asked of each picture, takes seconds of many.
    return images.filter(pk__in=theirs.union(voted))


def open_findings(images: Iterable[Image], person: Person) -> set[UUID]:
    """The ids of those among ``images`` whose finding this person may see."""
    asked = {image.pk for image in images}
    if not _begins_blind(person):
        return asked
    theirs, voted = _opened_to(person)
    return set(theirs.filter(image__in=asked).union(voted.filter(image__in=asked)))


def with_open_labels(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Leave the settled pictures whose label this person may see, by the rule of the next one."""
    return with_open_settlement(images, person).filter(label__isnull=False)


def with_open_settlement(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Leave the pictures of which this person may know whether, and as what, they are settled."""
    if sees_everything(person):
        return images
    if not person.is_authenticated:  # who has no key, as what came without an account has none
        return images.none()
    own = votes_of(person) if may_review(person) else _submissions_of(person)
    return images.filter(Exists(own))


def open_labels(image_ids: Set[UUID | None], person: Person) -> set[UUID | None]:
    """The pictures of which this person may see what people settled, or that they have not yet.

    Reviewers once they voted, also on what they handed in themselves; whoever does not review,
    and so cannot be swayed, of what they handed in. None stands for pictures that were deleted
    since; nobody can vote on these any more.
    """
    if sees_everything(person):
        return set(image_ids)
    asked = Image.objects.filter(pk__in=[pk for pk in image_ids if pk]).order_by()
    return set(with_open_settlement(asked, person).values_list("pk", flat=True))


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


def _begins_blind(person: Person) -> bool:
    """Reviewers, so that nothing sways them; an uploader's findings are theirs at once."""
    return may_review(person) and not sees_everything(person)


def votes_of(person: Person) -> QuerySet[Review]:
    """This person's standing vote on the picture of the query around it."""
    return Review.objects.standing().filter(image=OuterRef("pk"), reviewer=person.pk)


def _submissions_of(person: Person) -> QuerySet[Submission]:
    """The times that this person handed in the picture of the query around it."""
    return Submission.objects.filter(image=OuterRef("pk"), submitter=person.pk)


def _opened_to(person: Person) -> tuple[QuerySet[Submission, UUID], QuerySet[Review, UUID]]:
    """The pictures that a reviewer handed in, and those that they voted on: these are open."""
    theirs = Submission.objects.filter(submitter=person.pk).order_by()
    voted = Review.objects.standing().filter(reviewer=person.pk).order_by()
    return theirs.values_list("image", flat=True), voted.values_list("image", flat=True)
