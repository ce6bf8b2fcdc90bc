"""Findings, votes, labels and flags as lists: those that one person may see."""

from django.db.models import Q, QuerySet

from labelling.blindness import with_open_findings, with_open_labels
from labelling.models import Flag, Label, Prediction, Review
from labelling.permissions import Person, may_adjudicate, may_administer, may_review
from labelling.queries import visible_images


def visible_predictions(person: Person) -> QuerySet[Prediction]:
    """What versions that answer, or did, said of pictures to which this person is not blind."""
    images = with_open_findings(visible_images(person), person).order_by()
    return Prediction.objects.spoken().filter(image__in=images.values("pk"))


def visible_reviews(person: Person) -> QuerySet[Review]:
    """The standing votes that this person may see: their own, and others' by the rule of
    :func:`labelling.blindness.sight_of`."""
    there = visible_images(person).order_by().values("pk")
    standing = Review.objects.standing().filter(image__in=there)
    if may_adjudicate(person):
        return standing
    voted = Review.objects.standing().filter(reviewer=person.pk).order_by().values("image")
    opened = Q(image__in=voted)
    if may_administer(person):
        opened |= Q(image__label__isnull=False)
    return standing.filter(opened)


def visible_labels(person: Person) -> QuerySet[Label]:
    """What people settled, of the pictures of which this person may know it."""
    images = with_open_labels(visible_images(person), person).order_by()
    return Label.objects.filter(image__in=images.values("pk"))


def visible_flags(person: Person) -> QuerySet[Flag]:
    """A reviewer's own flags; an adjudicator settles them, and so sees all."""
    there = visible_images(person).order_by().values("pk")
    flags = Flag.objects.filter(image__in=there) if may_review(person) else Flag.objects.none()
    everything = may_adjudicate(person) or may_administer(person)
    return flags if everything else flags.filter(by=person.pk)
