"""Deciding what a picture is: votes are appended, the label is derived from those that stand."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from labelling.agreement import SECOND_LOOK_VOTES, Decision
from labelling.errors import Conflict, InvalidRequest
from labelling.models import Flag, Image, Label, Review, Showing, User, Why
from labelling.permissions import (
    check_may_adjudicate,
    check_may_administer,
    check_may_review,
)
from labelling.services.audit_log import write_entry
from labelling.services.settling import (
    derive_label,
    lock_image,
    lock_image_in_view,
    open_labels_again,
)
from labelling.services.showings import end_newest, newest_showing, was_test

__all__ = [
    "adjudicate",
    "ask_for_gold",
    "ask_for_second_look",
    "derive_label",
    "join_regression_set",
    "keep_as_regression",
    "lock_image",
    "record_review",
    "retract_review",
    "undo_last_review",
]

Answer = Review.Answer
VOTES = (Answer.AI, Answer.HUMAN, Answer.UNSURE, Answer.UNUSABLE)
LONGEST_NOTE = 500  # characters


@transaction.atomic
def record_review(
    *, image_id: UUID, reviewer: User, answer: str, seconds: float | None = None
) -> Review:
    """Write down one vote (``ai human unsure unusable``) and settle the picture if it can be.

    ``seconds`` is how long the picture was looked at, as the page says. A picture that was before
    this reviewer as a silent test of them gets a silent vote, which decides nothing. Raises
    NotAllowed, InvalidRequest, NotFound, and Conflict where this reviewer's earlier vote on the
    picture still stands; an "unsure" gives way where the picture was offered again.
    """
    check_may_review(reviewer)
    if answer not in VOTES:
        raise InvalidRequest("Answer with ai, human, unsure or unusable.")
    image = lock_image_in_view(image_id)
    _make_way(image, reviewer)
    review = Review.objects.create(
        image=image,
        reviewer=reviewer,
        answer=answer,
        seconds=seconds,
        silent=_is_test(image, reviewer),
    )
    end_newest(person=reviewer, image_id=image_id, outcome=Showing.Outcome.ANSWERED)
    if not review.silent:
        derive_label(image, by=reviewer)
    return review


@transaction.atomic
def undo_last_review(*, reviewer: User) -> Review | None:
    """Take back this reviewer's newest standing vote and return it; None where there is none."""
    check_may_review(reviewer)
    # Two presses of the key at once take back two votes, not one vote twice.
    User.objects.select_for_update(no_key=True).get(pk=reviewer.pk)
    newest = _standing_of(reviewer).first()
    return _retract(newest) if newest else None


@transaction.atomic
def retract_review(*, image_id: UUID, reviewer: User, review_id: int | None = None) -> Review:
    """Take back what this reviewer said of one picture, however long ago; returns that vote.

    An adjudicator takes back their settling first, then their vote. ``review_id`` says which one
    is meant. Raises NotAllowed, NotFound, and Conflict where nothing of theirs stands, or another
    one is to be taken back first.
    """
    check_may_review(reviewer)
    image = lock_image_in_view(image_id)
    newest = _standing_of(reviewer).filter(image=image).first()
    if newest is None:
        raise Conflict("You have no answer on this picture that could be taken back.")
    if review_id not in (None, newest.pk):
        raise Conflict("Take back your newer answer on this picture first.")
    return _retract(newest)


@transaction.atomic
def adjudicate(*, image_id: UUID, adjudicator: User, answer: str, note: str = "") -> Review:
    """Settle a picture (``ai human unusable``) whatever the votes say, and resolve its flags.

    Raises NotAllowed, InvalidRequest, NotFound, and Conflict where an adjudicator has settled it
    already and stands by it.
    """
    check_may_adjudicate(adjudicator)
    if answer not in set(Decision):
        raise InvalidRequest("Settle it as ai, human or unusable.")
    if len(note) > LONGEST_NOTE:
        raise InvalidRequest(f"A note may have at most {LONGEST_NOTE} characters.")
    image = lock_image_in_view(image_id)
    if Review.objects.standing().filter(image=image, adjudicates=True).exists():
        raise Conflict("An adjudicator has settled this picture already. Take that back first.")
    review = Review.objects.create(
        image=image, reviewer=adjudicator, answer=answer, adjudicates=True, note=note.strip()
    )
    # By the moment a retraction knows which flags were resolved with it.
    Flag.objects.filter(image=image, resolved_at__isnull=True).update(
        resolved_at=review.created_at, resolved_by=adjudicator
    )
    end_newest(person=adjudicator, image_id=image_id, outcome=Showing.Outcome.ANSWERED)
    derive_label(image, by=adjudicator)
    return review


@transaction.atomic
def ask_for_gold(*, image_id: UUID, by: User) -> Image:
    """Want two independent votes on this picture; once they agree it measures and never trains.

    A label that one vote had settled is open again until a second person agrees.
    """
    check_may_administer(by)
    image = lock_image_in_view(image_id)
    if not image.gold_wanted:
        image.gold_wanted = True
        image.save(update_fields=["gold_wanted"])
        write_entry(action="image.gold_wanted", subject=f"image:{image.pk}", by=by)
        derive_label(image, by=by)
    return image


@transaction.atomic
def ask_for_second_look(*, image_ids: Collection[UUID]) -> int:
    """Let a second person say whether the labels of these are right; return how many are asked.

    Asked by the site itself. The label is open again until somebody else agrees. Where that
    happened already, where an adjudicator settled it, or where it was asked before, nothing
    changes: nobody is asked in circles.
    """
    asked = Image.objects.filter(pk__in=image_ids, doubted_at__isnull=True)
    # Locked before they are counted: a vote that comes at this moment is seen or waits.
    in_order = asked.order_by("pk").select_for_update(no_key=True)
    locked = list(in_order.values_list("pk", flat=True))
    confirmed = set(_decided_by(SECOND_LOOK_VOTES, locked))
    open_again = [image_id for image_id in locked if image_id not in confirmed]
    Image.objects.filter(pk__in=open_again).update(doubted_at=timezone.now())
    open_labels_again(open_again, Review.objects.counting().filter(image__in=open_again))
    return len(open_again)


@transaction.atomic
def keep_as_regression(*, image_id: UUID, by: User) -> Image:
    """Measure this picture for ever and never learn from it, so that its mistake stays mended.

    Raises NotAllowed, NotFound, and Conflict where nothing is settled that could be measured.
    """
    check_may_administer(by)
    image = lock_image_in_view(image_id)
    if image.regression_since is None and not Label.objects.filter(image=image).exists():
        raise Conflict("This picture is not settled, so there is nothing to measure it by yet.")
    join_regression_set(image, by)
    return image


def join_regression_set(image: Image, by: User) -> None:
    """Put a picture there for good; the caller holds its row and has checked that ``by`` may."""
    if image.regression_since is None:
        image.regression_since, image.regression_by = timezone.now(), by
        image.save(update_fields=["regression_since", "regression_by"])
        write_entry(action="image.regression", subject=f"image:{image.pk}", by=by)


def _make_way(image: Image, reviewer: User) -> None:
    """See that no vote of this reviewer stands on the picture any more."""
    standing = _standing_of(reviewer).filter(image=image).first()
    if standing is None:
        return
    shown = newest_showing(person=reviewer, image_id=image.pk)
    offered_again = shown is not None and shown.why == Why.AGAIN and not shown.outcome
    if standing.answer != Answer.UNSURE or not offered_again:
        raise Conflict("You have decided on this picture already. Undo that first to change it.")
    _append_retraction(standing)


def _is_test(image: Image, reviewer: User) -> bool:
    """Whether the vote only measures the reviewer: the picture measures, and was shown for that."""
    gold = Label.objects.filter(image=image, gold=True).exists()
    return gold and was_test(person=reviewer, image_id=image.pk)


def _retract(review: Review) -> Review:
    image = lock_image(review.image_id)
    _append_retraction(review)
    if review.adjudicates:
        Flag.objects.filter(image=image, resolved_at=review.created_at).update(
            resolved_at=None, resolved_by=None
        )
    end_newest(person=review.reviewer, image_id=review.image_id, outcome=Showing.Outcome.UNDONE)
    if not review.silent:
        derive_label(image, by=review.reviewer)
    return review


def _append_retraction(review: Review) -> None:
    Review.objects.create(
        image_id=review.image_id,
        reviewer=review.reviewer,
        answer=Answer.RETRACTED,
        retracts=review,
        silent=review.silent,
    )


def _standing_of(reviewer: User) -> QuerySet[Review]:
    """This reviewer's standing votes, the newest first."""
    mine = Review.objects.standing().filter(reviewer=reviewer)
    return mine.select_related("reviewer").order_by("-created_at", "-pk")


def _decided_by(people: int, image_ids: Collection[UUID]) -> QuerySet[Review, UUID]:
    """Pictures among these on which enough people have decided and stand by it.

    That is so many of them, or an adjudicator.
    """
    counted = Review.objects.deciding().filter(image__in=image_ids).order_by().values("image")
    enough = counted.annotate(
        deciders=Count("reviewer", distinct=True),
        words=Count("pk", filter=Q(adjudicates=True)),
    ).filter(Q(deciders__gte=people) | Q(words__gte=1))
    return enough.values_list("image", flat=True)
