"""What a reviewer sees next: the open pictures, those first that need a person most.

These are the ones of which the file itself says something else than the detector, and then those
of which the detector is least sure.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Abs, Coalesce

from classifier.queries import production_version
from labelling.contradiction import contradicted
from labelling.models import Image, Prediction, Review, User

EVEN = 0.5


def next_images(reviewer: User, limit: int = 2, exclude: Collection[UUID] = ()) -> list[Image]:
    """The next ``limit`` pictures for this reviewer, always in the same order.

    Pictures whose evidence contradicts their finding come first; then the others with a finding,
    the most uncertain at their head; then those that wait.
    """
    newest = Prediction.objects.filter(image=OuterRef("pk")).order_by("-created_at", "-pk")

    def said(column: str) -> Coalesce:
        return Coalesce(F(f"now__{column}"), Subquery(newest.values(column)[:1]))

    images = (
        open_images(reviewer)
        .exclude(pk__in=exclude)
        .annotate(now=FilteredRelation("predictions", condition=Q(predictions__version=_live())))
        .annotate(doubt=Abs(said("probability_ai") - EVEN), verdict_now=said("verdict"))
        .annotate(contradicted=contradicted("verdict_now"))
        .order_by("-contradicted", F("doubt").asc(nulls_last=True), "received_at", "pk")
    )
    return list(images[:limit])


def waiting_count(reviewer: User) -> int:
    """How many pictures wait for this reviewer."""
    return open_images(reviewer).count()


def open_images(reviewer: User) -> QuerySet[Image]:
    """Pictures without a label on which this reviewer has no standing vote, not even "unsure".

    Left out are those that cannot be shown, and those on which people disagree: one more vote
    settles nothing there.
    """
    standing = Review.objects.standing().filter(image=OuterRef("pk"))
    return Image.objects.filter(
        ~Exists(standing.filter(reviewer=reviewer)),
        ~(
            Exists(standing.filter(answer=Review.Answer.AI))
            & Exists(standing.filter(answer=Review.Answer.HUMAN))
        ),
        label__isnull=True,
    ).exclude(state=Image.State.FAILED)


def _live() -> int:
    """The id of the version that answers; 0, which no row has, before there is one."""
    version = production_version()
    return version.pk if version else 0
