"""Somebody says that a verdict is wrong: people look again, and an adjudicator answers.

Who locks more than one row locks the person first, then the picture, then the dispute.
"""

import re
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.agreement import Decision
from labelling.announcements import dispute_written
from labelling.blindness import sight_of
from labelling.disputes import contradicts, dispute_for, visible_disputes
from labelling.errors import Conflict, InvalidRequest
from labelling.models import Dispute, Image, Submission, User
from labelling.permissions import check_may_adjudicate
from labelling.queries import current_prediction, image_for
from labelling.services.audit_log import write_entry
from labelling.services.review import adjudicate, join_regression_set
from labelling.services.settling import derive_label, lock_image, lock_image_in_view, settled_as

LEAST_REASON = 10
LONGEST_TEXT = 2000  # characters, of a reason and of an answer
MOST_OPEN = 20  # disputes of one person
UNTOLD = "none"  # how it was made cannot be told
DECISIONS = (*Decision, UNTOLD)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

State = Dispute.State
ANSWERED = {State.ACCEPTED: "dispute.accepted", State.DECLINED: "dispute.declined"}


@transaction.atomic
def open_dispute(*, image_id: UUID, by: User, reason: str) -> Dispute:
    """Say that what the detector found is wrong, and why; two other people are wanted from now on.

    What is disputed (verdict, probability, version) is frozen in the row. A label that one vote had
    settled is open again. Raises NotFound, NotAllowed, InvalidRequest, and Conflict where nothing
    is found yet, or this person disputes this picture or too many others already.
    """
    image_for(by, image_id)
    words = _worded(reason, least=LEAST_REASON, what="The reason")
    # Of two that come at once the later one sees the earlier one, also where the limit counts.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    image = lock_image_in_view(image_id)
    check_may_dispute(image, by)
    _check_room(image, by)
    said = current_prediction(image)
    if said is None:
        raise Conflict("The detector has not judged this picture yet.")
    dispute = Dispute.objects.create(
        image=image,
        by=by,
        version=said.version,
        verdict=said.verdict,
        probability_ai=said.probability_ai,
        reason=words,
    )
    _mark_disputed(image, by)
    _write_down("dispute.opened", dispute, by, verdict=dispute.verdict, version=said.version.number)
    dispute_written.send(sender=None, dispute_id=dispute.pk)
    return dispute


@transaction.atomic
def withdraw_dispute(*, dispute_id: int, by: User) -> Dispute:
    """Take one's own dispute back. Raises NotFound, NotAllowed, and Conflict once it is closed."""
    if dispute_for(by, dispute_id).by_id != by.pk:
        raise NotAllowed("Only whoever opened a dispute can withdraw it.")
    dispute, image = _locked_open(dispute_id, by)
    dispute.state, dispute.answered_at = State.WITHDRAWN, timezone.now()
    dispute.save(update_fields=["state", "answered_at"])
    _mark_disputed(image, by)
    _write_down("dispute.withdrawn", dispute, by)
    return dispute


@transaction.atomic
def answer_dispute(*, dispute_id: int, by: User, decision: str, answer: str) -> Dispute:
    """Answer in words, and settle the picture as ``ai human unusable``, or ``none``: not to tell.

    1. Lock the picture and the dispute, which must be open and somebody else's.
    2. Settle the picture by an adjudicating review, unless that is settled already.
    3. Accept what the decision shows to be right, else decline; write the answer.
    4. Put the picture of an accepted one into the regression set; let it go as disputed.

    Raises NotAllowed, NotFound, InvalidRequest, and Conflict where it is closed, or where another
    adjudicator has settled the picture otherwise.
    """
    check_may_adjudicate(by)
    if decision not in DECISIONS:
        raise InvalidRequest("Decide with ai, human, unusable or none.")
    words = _worded(answer, least=1, what="The answer")
    dispute, image = _locked_open(dispute_id, by)
    _check_not_own(dispute, by)
    settled = settled_as(image)
    if decision != UNTOLD and (settled is None or settled.value != decision):
        note = f"In answer to dispute {dispute.pk}."
        adjudicate(image_id=image.pk, adjudicator=by, answer=decision, note=note)
        image = lock_image(image.pk)
    _close(dispute, by, accepted=contradicts(decision, dispute.verdict), answer=words)
    _mark_disputed(image, by)
    if dispute.state == State.ACCEPTED:
        join_regression_set(image, by)
    _write_down(ANSWERED[State(dispute.state)], dispute, by, decision=decision)
    return dispute


def check_may_dispute(image: Image, person: User) -> None:
    """Whoever handed it in may, if the finding is open to them."""
    if not Submission.objects.filter(image=image, submitter=person).exists():
        raise NotAllowed("Only whoever handed a picture in can dispute what was found.")
    if not sight_of(person, image).finding:
        raise NotAllowed("What was found is hidden from you until you have answered yourself.")


def _check_room(image: Image, by: User) -> None:
    open_ones = visible_disputes(by).filter(by=by, state=State.OPEN)
    if open_ones.filter(image=image).exists():
        raise Conflict("You dispute this picture already. Its own page says how far it is.")
    if open_ones.count() >= MOST_OPEN:
        raise Conflict(
            f"You have {MOST_OPEN} open disputes, the most at a time. "
            "Wait for an answer, or withdraw one."
        )


def _check_not_own(dispute: Dispute, by: User) -> None:
    own = Dispute.objects.filter(image=dispute.image_id, by=by, state=State.OPEN)
    if dispute.by_id == by.pk or own.exists():
        raise NotAllowed("You dispute this picture yourself, so somebody else has to answer.")


def _locked_open(dispute_id: int, person: User) -> tuple[Dispute, Image]:
    """The dispute and its picture, locked to the end of the transaction."""
    image = lock_image_in_view(dispute_for(person, dispute_id).image_id)
    dispute = Dispute.objects.select_for_update(no_key=True).get(pk=dispute_id)
    if dispute.state != State.OPEN:
        raise Conflict("This dispute is closed already. Load its page again to see how.")
    return dispute, image


def _close(dispute: Dispute, by: User, *, accepted: bool, answer: str) -> None:
    dispute.state = State.ACCEPTED if accepted else State.DECLINED
    dispute.answer, dispute.answered_by, dispute.answered_at = answer, by, timezone.now()
    dispute.save(update_fields=["state", "answer", "answered_by", "answered_at"])


def _mark_disputed(image: Image, by: User) -> None:
    """Let the picture say since when it has been disputed, and what its votes settle then."""
    since = Dispute.objects.filter(image=image, state=State.OPEN).order_by("opened_at")
    image.disputed_at = since.values_list("opened_at", flat=True).first()
    image.save(update_fields=["disputed_at"])
    derive_label(image, by=by)


def _worded(text: str, *, least: int, what: str) -> str:
    words = CONTROL_CHARACTERS.sub("", text.replace("\r\n", "\n")).strip()
    if not least <= len(words) <= LONGEST_TEXT:
        span = f"from {least} to {LONGEST_TEXT:,} characters"
        raise InvalidRequest(f"{what} must have {span}; this one has {len(words):,}.")
    return words


def _write_down(action: str, dispute: Dispute, by: User, **details: object) -> None:
    write_entry(
        action=action,
        subject=f"image:{dispute.image_id}",
        by=by,
        dispute=dispute.pk,
        **details,
    )
