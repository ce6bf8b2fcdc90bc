"""Which of one's votes wait for somebody else's, because one handed the picture in oneself."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q

from labelling.models import Image, Review, User


def waiting_for_another(reviewer: User, reviews: Iterable[Review]) -> set[UUID]:
    """The pictures among ``reviews`` of ``reviewer`` that a second person's vote would settle.

    One query, however many. Where people disagree nobody's vote is waited for.
    """
    decided = [
        review.image_id
        for review in reviews
        if review.answer != Review.Answer.UNSURE and not review.silent
    ]
    standing = Review.objects.counting().exclude(answer=Review.Answer.UNSURE)
    own = Image.objects.filter(
        pk__in=decided, label__isnull=True, submissions__submitter=reviewer
    ).annotate(deciders=Count("reviews", Q(reviews__in=standing), distinct=True))
    return set(own.filter(deciders=1).order_by().values_list("pk", flat=True))
