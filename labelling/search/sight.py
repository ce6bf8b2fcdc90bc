"""What a filter may go by: nobody learns from the answer to a search what is hidden from them.

Each function leaves the pictures of which this person may know a thing; a filter by that thing
looks at these alone, so a picture that is still to be decided blind is in no such answer. For
findings and labels :mod:`labelling.blindness` has them.
"""

from django.db.models import Exists, Q, QuerySet

from labelling.blindness import sees_everything, votes_of
from labelling.models import Image, Submission
from labelling.permissions import Person, may_review


def votes_known(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Those on which this person may see other people's votes: one's own is given."""
    if sees_everything(person):
        return images
    return images.filter(Exists(votes_of(person))) if may_review(person) else images.none()


def settled_known(images: QuerySet[Image], person: Person) -> QuerySet[Image]:
    """Those that are settled, as far as this person may know; of one's own one always may."""
    settled = images.filter(Q(label__isnull=False) | Q(unusable=True))
    return votes_known(settled, person) if may_review(person) else settled


def known_submissions(person: Person) -> QuerySet[Submission]:
    """The times of which this person may know who handed a picture in, and how: all, or their own.

    A file's name may also say what the picture is: tell it only of a picture whose finding is open.
    """
    submissions = Submission.objects.all()
    if sees_everything(person) or may_review(person):
        return submissions
    return submissions.filter(submitter=person.pk)
