"""Making every place anew, a batch at a time, where what decides on all of them has changed."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from classifier.announcements import announce_on_commit
from labelling.announcements import queue_outdated
from labelling.models import Image, QueuePolicy, Review
from labelling.queue import queue_policy
from labelling.services.places import BATCH, refresh_places
from labelling.services.settling import derive_label, lock_image

START = UUID(int=0)


@transaction.atomic
def requeue_everything() -> None:
    """Let every place be made anew, from the first picture on, even if that is going on already."""
    QueuePolicy.objects.update(requeued_to=START)
    announce_on_commit(queue_outdated)


def is_outdated() -> bool:
    """Whether places are still to be made anew."""
    return queue_policy().requeued_to is not None


@transaction.atomic
def requeue_next() -> int:
    """Make the next batch right; return how many pictures that were, 0 at the end.

    1. Settle what the votes settle since the policy asks for fewer.
    2. Make the places of the batch right.
    3. Note how far it went, unless somebody had it begun anew meanwhile.
    """
    done = queue_policy().requeued_to
    if done is None:
        return 0
    images = Image.objects.filter(pk__gt=done).order_by("pk")
    ids = list(images.values_list("pk", flat=True)[:BATCH])
    for image_id in _settled_by_now(ids):
        derive_label(lock_image(image_id))
    refresh_places(image_ids=ids)
    last = ids[-1] if ids else None
    QueuePolicy.objects.filter(requeued_to=done).update(requeued_to=last)
    return len(ids)


def _settled_by_now(ids: Sequence[UUID]) -> QuerySet[Review, UUID]:
    """Open pictures on which as many have decided as the site wants; the rule says the rest."""
    decided = Review.objects.counting().exclude(answer=Review.Answer.UNSURE)
    begun = decided.filter(image__in=ids, image__place__begun=True).order_by().values("image")
    enough = begun.annotate(deciders=Count("reviewer", distinct=True)).filter(
        deciders__gte=queue_policy().votes_wanted
    )
    return enough.order_by("image_id").values_list("image_id", flat=True)
