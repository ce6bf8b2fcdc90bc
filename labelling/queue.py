"""Who is asked about what: reading the places of the open pictures. ``docs/queue.md`` tells all.

Reviewers are asked in three lanes: what is urgent, what is ranked by how much an answer teaches,
and the audit sample by chance. The fourth lane is the adjudicators'.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from labelling.models import Flag, Image, QueueItem, QueuePolicy, Review, Showing, User, Why
from labelling.permissions import Person, check_may_adjudicate
from labelling.variety import Eyes, recently_answered

Lane = QueueItem.Lane

# Among so many at the head of a ranking those are put back that resemble what was asked lately.
WINDOW = 64
ASKED = (Lane.URGENT, Lane.RANKED, Lane.AUDIT)  # the adjudicators have the rest
MOST_COUNTED = 1000  # more that wait are not counted one by one


def queue_policy() -> QueuePolicy:
    """The site's one row."""
    return QueuePolicy.objects.get()


def places_for(reviewer: User) -> QuerySet[QueueItem]:
    """Places of the pictures that this reviewer may be asked about, whoever has them now.

    Left out is what they have a standing vote on, even "unsure", and what they skipped.
    """
    voted = Review.objects.standing().filter(image=OuterRef("image"), reviewer=reviewer)
    return _unskipped(reviewer).filter(~Exists(voted))


def _unskipped(reviewer: User) -> QuerySet[QueueItem]:
    skipped = _showings().filter(_skipped_by(reviewer))
    return QueueItem.objects.filter(~Exists(skipped), lane__in=ASKED)


def places_again(reviewer: User) -> tuple[QuerySet[QueueItem], QuerySet[QueueItem]]:
    """Places of the open pictures that this reviewer was unsure about, and that they skipped.

    Two, because each is found from the reviewer's own rows, however many pictures wait.
    """
    mine = Review.objects.standing().filter(reviewer=reviewer)
    skipped = Showing.objects.filter(_skipped_by(reviewer))
    asked = QueueItem.objects.filter(lane__in=ASKED)
    return (
        asked.filter(image__in=mine.filter(answer=Review.Answer.UNSURE).values("image")),
        asked.filter(
            ~Exists(mine.filter(image=OuterRef("image"))), image__in=skipped.values("image")
        ),
    )


def free(places: QuerySet[QueueItem], reviewer: User) -> QuerySet[QueueItem]:
    """Those of the places that nobody has before them."""
    return places.filter(~Exists(_showings().filter(_held_from(reviewer))))


def free_places_for(reviewer: User) -> QuerySet[QueueItem]:
    """Those of ``places_for`` that nobody has before them; asked in every turn, so in few words."""
    voted = Review.objects.standing().filter(image=OuterRef("image"), reviewer=reviewer)
    kept = _showings().filter(_held_from(reviewer) | _skipped_by(reviewer))
    return QueueItem.objects.filter(~Exists(voted), ~Exists(kept), lane__in=ASKED)


def _held_from(reviewer: User) -> Q:
    """Showings that keep a picture from this reviewer: anybody's, but for others' silent tests."""
    return Q(ended_at__isnull=True) & (~Q(why=Why.GOLD) | Q(person=reviewer))


def _skipped_by(reviewer: User) -> Q:
    return Q(person=reviewer, outcome=Showing.Outcome.SKIPPED)


def _not_others(places: QuerySet[QueueItem], reviewer: User) -> QuerySet[QueueItem]:
    others = _showings().filter(ended_at__isnull=True).exclude(why=Why.GOLD)
    return places.filter(~Exists(others.exclude(person=reviewer)))


def _showings() -> QuerySet[Showing]:
    return Showing.objects.filter(image=OuterRef("image"))


def waiting_count(reviewer: User) -> int:
    """How many pictures wait for this reviewer, those on their screen among them.

    Counted up to ``MOST_COUNTED`` (1,000): show that figure as "1,000+".
    """
    fresh = _unskipped(reviewer).filter(begun__in=[False])
    count = _not_others(fresh, reviewer)[:MOST_COUNTED].count()
    if count < MOST_COUNTED:  # only then this reviewer's own votes have to be passed over
        begun = places_for(reviewer).filter(begun__in=[True])
        count += _not_others(begun, reviewer)[: MOST_COUNTED - count].count()
    return count


def again_count(reviewer: User) -> int:
    """How many open pictures this reviewer skipped or was unsure about; counted like the others."""
    parts = (_not_others(places, reviewer) for places in places_again(reviewer))
    return min(MOST_COUNTED, sum(places[:MOST_COUNTED].count() for places in parts))


def adjudication_queue(person: Person) -> QuerySet[QueueItem]:
    """What an adjudicator has to settle: the disputed first, then the longest waiting.

    ``item.image.standing_votes`` holds the counting votes with their reviewers, and
    ``item.image.open_flags`` the flags with who set them. Raises NotAllowed.
    """
    check_may_adjudicate(person)
    votes = Review.objects.counting().select_related("reviewer")
    flags = Flag.objects.filter(resolved_at__isnull=True).select_related("by")
    return (
        QueueItem.objects.filter(lane=Lane.ADJUDICATION)
        .order_by("-rank", "since", "image_id")
        .select_related("image__label")
        .prefetch_related(
            Prefetch("image__reviews", votes, to_attr="standing_votes"),
            Prefetch("image__flags", flags, to_attr="open_flags"),
        )
    )


def adjudication_count(most: int) -> int:
    """How many pictures an adjudicator has to settle, counted up to ``most``; one query."""
    return QueueItem.objects.filter(lane=Lane.ADJUDICATION)[:most].count()


def open_images(reviewer: User) -> QuerySet[Image]:
    """The pictures that wait for this reviewer, in no order."""
    return Image.objects.filter(pk__in=places_for(reviewer).values("image")).order_by()


def next_images(reviewer: User, limit: int = 2, exclude: Collection[UUID] = ()) -> list[Image]:
    """What a reviewer would be asked by rank alone; a pure read, without a lottery or a lease.

    Urgent ones first, then the ranked ones and the audit sample in one line. Simulations ask in
    this order; people get their turns from ``labelling.services.turns``.
    """
    waiting = places_for(reviewer).exclude(image__in=exclude)
    in_order = waiting.order_by("-rank", "since", "image_id").values_list("image_id", flat=True)
    chosen = list(in_order.filter(lane=Lane.URGENT)[:limit])
    if len(chosen) < limit:
        ranked = list(in_order.exclude(lane=Lane.URGENT)[: max(WINDOW, limit)])
        chosen += Eyes().varied(ranked, recently_answered(), limit - len(chosen))
    images = Image.objects.in_bulk(chosen)
    return [images[image_id] for image_id in chosen if image_id in images]
