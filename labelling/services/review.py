"""Deciding what a picture is: votes are appended, the label is derived from those that stand."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from classifier.announcements import announce_on_commit
from labelling.agreement import GOLD_VOTES, SECOND_LOOK_VOTES, consensus
from labelling.announcements import label_settled
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image, Label, Review, Submission, User
from labelling.permissions import check_may_administer, check_may_review, reviewers

VOTES = (Review.Answer.AI, Review.Answer.HUMAN, Review.Answer.UNSURE)


@transaction.atomic
def record_review(*, image_id: UUID, reviewer: User, answer: str) -> Review:
    """Write down one vote (``ai``, ``human`` or ``unsure``) and settle the picture if it can be.

    Raises NotAllowed, InvalidRequest, NotFound, and Conflict where this reviewer's earlier vote
    on the picture still stands.
    """
    check_may_review(reviewer)
    if answer not in VOTES:
        raise InvalidRequest("Answer with ai, human or unsure.")
    image = _locked(image_id)
    if Review.objects.standing().filter(image=image, reviewer=reviewer).exists():
        raise Conflict("You have decided on this picture already. Undo that first to change it.")
    review = Review.objects.create(image=image, reviewer=reviewer, answer=answer)
    _derive_label(image)
    return review


@transaction.atomic
def undo_last_review(*, reviewer: User) -> Review | None:
    """Take back this reviewer's newest standing vote and return it; None where there is none."""
    check_may_review(reviewer)
    # Two presses of the key at once take back two votes, not one vote twice.
    User.objects.select_for_update().get(pk=reviewer.pk)
    newest = _newest_standing(reviewer)
    if newest is None:
        return None
    image = _locked(newest.image_id)
    Review.objects.create(
        image=image, reviewer=reviewer, answer=Review.Answer.RETRACTED, retracts=newest
    )
    _derive_label(image)
    return newest


@transaction.atomic
def ask_for_gold(*, image_id: UUID, by: User) -> Image:
    """Want two independent votes on this picture; once they agree it measures and never trains.

    A label that one vote had settled is open again until a second person agrees.
    """
    check_may_administer(by)
    image = _locked(image_id)
    if image.votes_wanted < GOLD_VOTES:
        image.votes_wanted = GOLD_VOTES
        image.save(update_fields=["votes_wanted"])
        _derive_label(image)
    return image


@transaction.atomic
def ask_for_second_look(*, image_ids: Collection[UUID]) -> int:
    """Let a second person say whether the labels of these are right; return how many are asked.

    Asked by the site itself. The label is open again until somebody else agrees. Where that
    happened already, or where it was asked before, nothing changes: nobody is asked in circles.
    """
    asked = Image.objects.filter(pk__in=image_ids, doubted_at__isnull=True)
    # Locked before they are counted: a vote that comes at this moment is seen or waits.
    locked = list(asked.order_by("pk").select_for_update().values_list("pk", flat=True))
    confirmed = set(_decided_by(SECOND_LOOK_VOTES, locked))
    open_again = [image_id for image_id in locked if image_id not in confirmed]
    Image.objects.filter(pk__in=open_again).update(doubted_at=timezone.now())
    Label.objects.filter(image__in=open_again).delete()
    return len(open_again)


@transaction.atomic
def keep_as_regression(*, image_id: UUID, by: User) -> Image:
    """Measure this picture for ever and never learn from it, so that its mistake stays mended.

    Raises NotAllowed, NotFound, and Conflict where nothing is settled that could be measured.
    """
    check_may_administer(by)
    image = _locked(image_id)
    if image.regression_since is not None:
        return image
    if not Label.objects.filter(image=image).exists():
        raise Conflict("This picture is not settled, so there is nothing to measure it by yet.")
    image.regression_since, image.regression_by = timezone.now(), by
    image.save(update_fields=["regression_since", "regression_by"])
    return image


def _decided_by(people: int, image_ids: Collection[UUID]) -> QuerySet[Review, UUID]:
    """Pictures among these on which at least so many people have decided, and stand by it."""
    decided = Review.objects.standing().exclude(answer=Review.Answer.UNSURE)
    counted = decided.filter(image__in=image_ids).order_by().values("image")
    enough = counted.annotate(deciders=Count("reviewer", distinct=True)).filter(
        deciders__gte=people
    )
    return enough.values_list("image", flat=True)


def _locked(image_id: UUID) -> Image:
    """The picture's row, held to the end of the transaction: votes on it come one by one."""
    image = Image.objects.select_for_update().filter(pk=image_id).first()
    if image is None:
        raise NotFound("There is no such picture.")
    return image


def _newest_standing(reviewer: User) -> Review | None:
    mine = Review.objects.standing().filter(reviewer=reviewer)
    return mine.order_by("-created_at", "-pk").first()


def votes_wanted(image: Image) -> int:
    """How many people must agree: as many as are wanted anyway, and two where it is in doubt."""
    return max(image.votes_wanted, SECOND_LOOK_VOTES if image.doubted_at else 1)


def _own(image: Image) -> set[int]:
    """Who needs somebody else's vote, because they handed the picture in; nobody on a site of one.

    Where only one person may review, nobody could ever give that vote.
    """
    submitters = Submission.objects.filter(image=image, submitter__isnull=False)
    own = set(submitters.values_list("submitter_id", flat=True))
    return own if own and reviewers().order_by()[:2].count() > 1 else set()


def _derive_label(image: Image) -> None:
    """Make, change or remove the label so that it says what the standing votes settle."""
    votes = dict(Review.objects.standing().filter(image=image).values_list("reviewer", "answer"))
    value = consensus(votes, votes_wanted(image), own=_own(image))
    gold = image.votes_wanted >= GOLD_VOTES
    before = Label.objects.filter(image=image).first()
    if value is None:
        Label.objects.filter(image=image).delete()
    elif before is None or (before.value, before.gold) != (value, gold):
        Label.objects.update_or_create(
            image=image,
            defaults={"value": value, "gold": gold, "settled_at": timezone.now()},
        )
        announce_on_commit(label_settled, image_id=image.pk)
