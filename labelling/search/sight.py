"""What a filter may go by: nobody learns from the answer to a search what is hidden from them.

Each function leaves the pictures of which this person may know a thing; a filter by that thing
looks at these alone, so a picture that is still to be decided blind is in no such answer.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelling.blindness import sees_everything, with_open_findings, with_open_labels
from labelling.models import Image, Review, Submission
from labelling.permissions import Person, may_review


def finding_known(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Those whose verdict and probability this person may see."""
    return with_open_findings(images, person)


def label_known(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Those that are settled and whose label this person may see."""
    return with_open_labels(images, person)


def votes_known(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Those on which this person may see other people's votes: one's own is given."""
    if sees_everything(person):
        return images
    if not may_review(person):
        return images.none()
    mine = Review.objects.standing().filter(image=OuterRef("pk"), reviewer=person.pk)
    return images.filter(Exists(mine))


def settled_known(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Those that are settled, as far as this person may know; of one's own one always may."""
    settled = images.filter(Q(label__isnull=False) | Q(unusable=True))
    return (
        settled
        if sees_everything(person) or not may_review(person)
        else votes_known(settled, person)
    )


def own_names(person: Person) -> QuerySet[Submission]:
    """The submissions whose file names this person may search: all, or their own."""
    names = Submission.objects.all()
    if sees_everything(person) or may_review(person):
        return names
    return names.filter(submitter=person.pk)
