"""From the votes that stand to the label: derived anew whenever one of them changes."""

from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from classifier.announcements import announce_on_commit
from labelling.agreement import (
    DISPUTE_VOTES,
    GOLD_VOTES,
    SECOND_LOOK_VOTES,
    Decision,
    consensus,
)
from labelling.announcements import label_settled, votes_settled
from labelling.errors import NotFound
from labelling.models import AuditEntry, Image, Label, Review, Submission, User
from labelling.permissions import reviewers
from labelling.queue import queue_policy
from labelling.services.audit_log import write_entry
from labelling.services.places import refresh_places

WRITTEN = ("label.settled", "label.changed", "label.removed")  # of the audit log


class Settled(NamedTuple):
    """What a picture is settled as: ``ai human unusable``, and whether it measures."""

    value: str
    gold: bool


def lock_image(image_id: UUID) -> Image:
    """The picture's row, held to the end of the transaction: votes on it come one by one.

    One in the bin is found, too. Raises NotFound.
    """
    image = Image.objects.select_for_update(no_key=True).filter(pk=image_id).first()
    if image is None:
        raise NotFound("There is no such picture.")
    return image


def lock_image_in_view(image_id: UUID) -> Image:
    """The picture's row, held likewise; nobody decides on what lies in the bin: NotFound, too."""
    image = lock_image(image_id)
    if image.deleted_at is not None:
        raise NotFound("There is no such picture.")
    return image


def derive_label(image: Image, by: User | None = None) -> None:
    """Make, change or remove label and ``unusable`` so that they say what the votes settle.

    The caller holds the row by ``lock_image``. What lies in the bin has no label. Writes the audit
    entry (as done by ``by``; None: the site), announces what is new, and refreshes the place.
    """
    votes = list(Review.objects.counting().filter(image=image).order_by("pk"))
    before, after = settled_as(image), _settled_by(image, votes)
    if before != after:
        _store(image, after)
        if after and not _comes_back(image, after, votes):
            votes_settled.send(sender=None, image_id=image.pk)
        _write_down(image, before, after, votes, by)
    refresh_places(image_ids=[image.pk])


def settled_as(image: Image) -> Settled | None:
    """What the picture's rows say now; None where it is open."""
    if image.unusable:
        return Settled(Decision.UNUSABLE, gold=False)
    label = Label.objects.filter(image=image).first()
    return Settled(label.value, label.gold) if label else None


def votes_wanted(image: Image) -> int:
    """How many people must agree: as many as the site or the picture wants.

    Two where it is to measure, in doubt or disputed.
    """
    return max(
        image.votes_wanted,
        queue_policy().votes_wanted,
        GOLD_VOTES if image.gold_wanted else 1,
        SECOND_LOOK_VOTES if image.doubted_at else 1,
        DISPUTE_VOTES if image.disputed_at else 1,
    )


def open_labels_again(image_ids: Collection[UUID], votes: Iterable[Review]) -> None:
    """Take the labels of these away, as the site itself, and write each down.

    ``votes`` are the counting votes on them. The caller holds the pictures' rows.
    """
    of: dict[UUID, list[Review]] = {}
    for vote in votes:
        of.setdefault(vote.image_id, []).append(vote)
    labels = Label.objects.filter(image__in=image_ids).select_related("image")
    for label in labels.order_by("pk"):
        before = Settled(label.value, label.gold)
        _write_down(label.image, before, None, of.get(label.image_id, []), None)
    labels.delete()
    refresh_places(image_ids=image_ids)


def _settled_by(image: Image, votes: Iterable[Review]) -> Settled | None:
    """What the counting votes settle. An adjudicator's word settles, whatever the others say."""
    if image.deleted_at is not None:
        return None
    word = next((vote for vote in votes if vote.adjudicates), None)
    said = {vote.reviewer_id: vote.answer for vote in votes}
    decision = word.answer if word else consensus(said, votes_wanted(image), own=_own(image))
    if decision is None:
        return None
    gold = image.gold_wanted and decision != Decision.UNUSABLE
    return Settled(Decision(decision), gold)


def _own(image: Image) -> set[int]:
    """Who needs somebody else's vote, because they handed the picture in; nobody on a site of one.

    Where only one person may review, nobody could ever give that vote.
    """
    submitters = Submission.objects.filter(image=image, submitter__isnull=False)
    own = set(submitters.values_list("submitter_id", flat=True))
    return own if own and reviewers().order_by()[:2].count() > 1 else set()


def _store(image: Image, settled: Settled | None) -> None:
    unusable = settled is not None and settled.value == Decision.UNUSABLE
    if image.unusable != unusable:
        image.unusable = unusable
        image.save(update_fields=["unusable"])
    if settled is None or unusable:
        Label.objects.filter(image=image).delete()
        return
    columns = {**settled._asdict(), "settled_at": timezone.now()}
    if not Label.objects.filter(image=image).update(**columns):
        Label.objects.create(image=image, **columns)
    announce_on_commit(label_settled, image_id=image.pk)


def _comes_back(image: Image, settled: Settled, votes: Iterable[Review]) -> bool:
    """Whether these very votes settled it so before, and nobody decided anything since: it leaves
    the bin, say, or a dispute was withdrawn."""
    written = AuditEntry.objects.filter(subject=_subject(image), action__in=WRITTEN)
    last = written.order_by("-pk").first()
    if last is None:
        return False
    stood = last.details["after"] or last.details["before"]
    return bool(
        stood["value"] == settled.value and last.details["votes"] == [vote.pk for vote in votes]
    )


def _subject(image: Image) -> str:
    return f"image:{image.pk}"


def _write_down(
    image: Image,
    before: Settled | None,
    after: Settled | None,
    votes: Iterable[Review],
    by: User | None,
) -> None:
    """One entry of the audit log: what stood, what stands now, and the votes that stand."""
    settled, changed, removed = WRITTEN
    action = removed if after is None else changed if before else settled
    write_entry(
        action=action,
        subject=_subject(image),
        by=by,
        before=before._asdict() if before else None,
        after=after._asdict() if after else None,
        votes=[vote.pk for vote in votes],
    )
