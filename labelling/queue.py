"""What a reviewer sees next: the open pictures, those first that need a person most.

These are the ones that somebody asked to look at again, then those of which the file itself says
something else than the detector, then those whose answer would teach the detector most. That rank
is written down with every prediction, so the next picture is found by an index.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from classifier.models import ModelVersion
from classifier.queries import production_version
from labelling.contradiction import contradicted, in_question
from labelling.models import Image, Prediction, Review, User
from labelling.variety import varied

# Among so many at the head of the ranking those are put back that resemble what was just asked.
WINDOW = 64


def next_images(reviewer: User, limit: int = 2, exclude: Collection[UUID] = ()) -> list[Image]:
    """The next ``limit`` pictures for this reviewer; the same for everybody who may see them.

    1. What is doubted, the longest first, and what its evidence contradicts.
    2. What the version that answers has judged, by rank; near twins of others stand back.
    3. What only an earlier version has judged, by rank, and then what waits.
    """
    version = production_version()
    waiting = open_images(reviewer).exclude(pk__in=exclude)
    chosen = list(_urgent(waiting, version)[:limit])
    for line in (_ranked, _others):
        if len(chosen) < limit:
            rest = waiting.exclude(pk__in=[image.pk for image in chosen])
            chosen += line(rest, version, limit - len(chosen))
    return chosen


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


def _urgent(waiting: QuerySet[Image], version: ModelVersion | None) -> QuerySet[Image]:
    """What somebody wants looked at again, and what is contradicted by its own file."""
    live = version.pk if version else 0  # which no row has
    newest = Prediction.objects.spoken().filter(image=OuterRef("pk")).order_by("-created_at", "-pk")
    judged = waiting.filter(Q(doubted_at__isnull=False) | in_question()).annotate(
        now=FilteredRelation("predictions", condition=Q(predictions__version=live)),
        verdict_now=Coalesce(F("now__verdict"), Subquery(newest.values("verdict")[:1])),
        rank=Coalesce(F("now__priority"), Subquery(newest.values("priority")[:1])),
    )
    return (
        judged.annotate(contradicted=contradicted("verdict_now"))
        .filter(Q(doubted_at__isnull=False) | Q(contradicted=True))
        .order_by(F("doubted_at").asc(nulls_last=True), F("rank").desc(), "received_at", "pk")
    )


def _ranked(waiting: QuerySet[Image], version: ModelVersion | None, limit: int) -> list[Image]:
    if version is None:
        return []
    ranking = waiting.filter(predictions__version=version).order_by(
        "-predictions__priority", "received_at", "pk"
    )
    return varied(list(ranking[: max(WINDOW, limit)]), version, limit)


def _others(waiting: QuerySet[Image], version: ModelVersion | None, limit: int) -> list[Image]:
    """Only asked for where the ranking is short: after a promotion, and when little is left."""
    said = Prediction.objects.spoken().filter(image=OuterRef("pk"))
    newest = said.order_by("-created_at", "-pk").values("priority")[:1]
    unjudged = waiting if version is None else waiting.exclude(predictions__version=version)
    ordered = unjudged.annotate(rank=Subquery(newest)).order_by(
        F("rank").desc(nulls_last=True), "received_at", "pk"
    )
    return list(ordered[:limit])
