"""Taking turns: who gets which picture next, for how long it is theirs, and how that ends.

Whoever takes turns locks the policy's row, so that turns have one order for the whole site,
however many people review. A page never shows *why* before the vote: that would be an opinion.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Q, prefetch_related_objects
from django.utils import timezone

from labelling.drawing import Lanes, Pick
from labelling.errors import Conflict, NotFound
from labelling.models import Image, QueueItem, QueuePolicy, Review, Showing, User, Why
from labelling.permissions import (
    check_may_assign,
    check_may_review,
    may_review,
)
from labelling.queue import Lane, free, places_again, queue_policy
from labelling.services.flags import flag_image, resolve_flag
from labelling.services.showings import end_newest, newest_showing, open_showings

__all__ = [
    "assign_image",
    "flag_image",
    "release_turns",
    "renew_turns",
    "resolve_flag",
    "skip_turn",
    "take_turns",
    "withdraw_assignment",
]

Outcome = Showing.Outcome
# What is before a person for a reason of its own, whether or not the queue still has it.
WITHOUT_PLACE = (Why.GOLD, Why.CHOSEN)


@transaction.atomic
def take_turns(
    *, reviewer: User, limit: int, first: UUID | None = None, again: bool = False
) -> list[Showing]:
    """What this reviewer has before them, in order, then new turns up to ``limit``.

    1. Lock the queue's policy: turns are taken one after the other, by whomever.
    2. End the leases that ran out, anybody's; what they held is free again.
    3. Keep what this reviewer still holds and is wanted for, for another while.
    4. Put ``first`` in front; not where somebody else has it or this reviewer's vote on it stands.
    5. Draw turns until there are ``limit``.
    6. With ``again``, where nothing else waits, add what they skipped or were unsure about.

    The showings have their image joined. Raises NotAllowed, and NotFound where ``first`` is none.
    """
    check_may_review(reviewer)
    desk = _Desk(reviewer, QueuePolicy.objects.select_for_update().get())
    held = desk.still_held()
    if first is not None:
        held = desk.put_first(first, held)
    lanes = Lanes(reviewer, desk.policy)
    while len(held) < limit and (pick := lanes.pick(desk.policy.turns + 1)):
        held.append(desk.hand_out(pick))
    if again and len(held) < limit:
        held += [desk.hand_out(pick) for pick in _again(reviewer, limit - len(held))]
    desk.policy.save(update_fields=["turns"])
    prefetch_related_objects(held, "image")
    return held


def renew_turns(*, reviewer: User, image_ids: Collection[UUID]) -> list[UUID]:
    """Keep these for this reviewer for another while; returns those that they still have."""
    lease = timedelta(minutes=queue_policy().lease_minutes)
    return _renew(reviewer, image_ids, lease)


def release_turns(*, reviewer: User, image_ids: Collection[UUID]) -> None:
    """Give these back without an answer: they go to whoever comes next."""
    open_showings(reviewer).filter(image__in=image_ids).update(
        ended_at=timezone.now(), outcome=Outcome.RELEASED
    )


@transaction.atomic
def skip_turn(*, reviewer: User, image_id: UUID) -> None:
    """Leave this picture to others; this reviewer is not asked about it again.

    Counts also where the lease has just run out. Raises NotAllowed, NotFound where the picture was
    never before them, and Conflict where they answered.
    """
    check_may_review(reviewer)
    shown = newest_showing(person=reviewer, image_id=image_id)
    if shown is None:
        raise NotFound("This picture was not before you, so there is nothing to skip.")
    if shown.outcome == Outcome.ANSWERED:
        raise Conflict("You have decided on this picture already. Undo that first to skip it.")
    end_newest(person=reviewer, image_id=image_id, outcome=Outcome.SKIPPED)


@transaction.atomic
def assign_image(*, image_id: UUID, to: User, by: User) -> QueueItem:
    """Ask ``to`` about this picture before anything else. Others may still come to it before them.

    For adjudicators and administrators. Raises NotAllowed, NotFound, and Conflict where the
    picture waits for no reviewer, or ``to`` cannot be asked about it.
    """
    check_may_assign(by)
    if not Image.objects.filter(pk=image_id, deleted_at__isnull=True).exists():
        raise NotFound("There is no such picture.")
    if not may_review(to):
        raise Conflict(f"{to} does not review.")
    if Review.objects.standing().filter(image=image_id, reviewer=to).exists():
        raise Conflict(f"{to} has decided on this picture already.")
    place = QueueItem.objects.filter(image=image_id).exclude(lane=Lane.ADJUDICATION)
    if not place.update(assigned_to=to):
        raise Conflict("This picture waits for no reviewer.")
    return place.get()


@transaction.atomic
def withdraw_assignment(*, image_id: UUID, of: User, by: User, instead: User | None = None) -> None:
    """Ask ``of`` about this picture no sooner than others; ask ``instead``, who was asked before.

    For adjudicators and administrators. Raises NotAllowed, and Conflict where ``of`` is not asked
    about it any more.
    """
    check_may_assign(by)
    place = QueueItem.objects.filter(image=image_id, assigned_to=of)
    if not place.update(assigned_to=instead):
        raise Conflict(f"{of} is not asked about this picture any more.")


class _Desk:
    """One reviewer's pictures, while the policy's row is locked."""

    def __init__(self, reviewer: User, policy: QueuePolicy) -> None:
        self.reviewer = reviewer
        self.policy = policy
        self.lease = timedelta(minutes=policy.lease_minutes)

    def still_held(self) -> list[Showing]:
        """What is before the reviewer; what is settled or gone meanwhile is taken back.

        The leases of others that ran out are ended on the way.
        """
        now = timezone.now()
        mine, late = Q(person=self.reviewer), Q(leased_until__lt=now)
        rows = Showing.objects.filter(mine | late, ended_at__isnull=True)
        rows = rows.annotate(lane=F("image__place__lane")).select_related("image")
        showings: list[Showing] = list(rows.order_by("turn"))
        if any(showing.leased_until < now for showing in showings):
            _end_expired(now)
        mine_now = [
            showing
            for showing in showings
            if showing.person_id == self.reviewer.pk and showing.leased_until >= now
        ]
        held = [showing for showing in mine_now if _still_wanted(showing)]
        wanted = [showing.image_id for showing in held]
        if len(held) < len(mine_now):
            others = [row.image_id for row in mine_now if row.image_id not in wanted]
            release_turns(reviewer=self.reviewer, image_ids=others)
        if held:
            _renew(self.reviewer, wanted, self.lease)
        return held

    def put_first(self, image_id: UUID, held: list[Showing]) -> list[Showing]:
        chosen = next((showing for showing in held if showing.image_id == image_id), None)
        if chosen is None and _may_open(self.reviewer, image_id):
            chosen = self.hand_out(Pick(image_id, Why.CHOSEN, 1.0))
        if chosen is None:
            return held
        return [chosen, *(showing for showing in held if showing is not chosen)]

    def hand_out(self, pick: Pick) -> Showing:
        self.policy.turns += 1
        # Not the moment when the call began: others may have ended theirs since.
        now = timezone.now()
        return Showing.objects.create(
            image_id=pick.image_id,
            person=self.reviewer,
            why=pick.why,
            probability=pick.probability,
            turn=self.policy.turns,
            shown_at=now,
            leased_until=now + self.lease,
        )


def _still_wanted(showing: Showing) -> bool:
    lane = getattr(showing, "lane", None)
    waits = lane is not None and lane != Lane.ADJUDICATION
    return showing.image.deleted_at is None and (waits or showing.why in WITHOUT_PLACE)


def _may_open(reviewer: User, image_id: UUID) -> bool:
    """Whether the reviewer may have just this picture now. Raises NotFound where it is none."""
    if not Image.objects.filter(pk=image_id, deleted_at__isnull=True).exists():
        raise NotFound("There is no such picture.")
    voted = Review.objects.standing().filter(image=image_id, reviewer=reviewer)
    elsewhere = Showing.objects.filter(image=image_id, ended_at__isnull=True).exclude(why=Why.GOLD)
    return not voted.exists() and not elsewhere.exists()


def _again(reviewer: User, limit: int) -> list[Pick]:
    """What was skipped or unsure, that which was not seen for longest first."""
    last = Max("image__showings__turn", filter=Q(image__showings__person=reviewer), default=0)
    seen: list[tuple[int, UUID]] = []
    for places in places_again(reviewer):
        rows = free(places, reviewer).annotate(last=last).order_by("last", "image_id")
        seen += rows.values_list("last", "image_id")[:limit]
    return [Pick(image_id, Why.AGAIN, 1.0) for _, image_id in sorted(seen)[:limit]]


def _end_expired(now: datetime) -> None:
    """End the leases that ran out. One that is renewed at this very moment stays."""
    late = Showing.objects.filter(ended_at__isnull=True, leased_until__lt=now)
    ids = list(late.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if ids:
        late.filter(pk__in=ids).update(ended_at=now, outcome=Outcome.EXPIRED)


@transaction.atomic
def _renew(reviewer: User, image_ids: Collection[UUID], lease: timedelta) -> list[UUID]:
    mine = open_showings(reviewer).filter(image__in=image_ids)
    # Locked in one order, so that two pages of one person never wait for each other.
    held = dict(mine.order_by("turn").select_for_update().values_list("pk", "image_id"))
    Showing.objects.filter(pk__in=held).update(leased_until=timezone.now() + lease)
    return list(held.values())
