"""Doing what a job is to do to each of its pictures, and keeping what became of each.

Each picture has a transaction of its own, in which both the change and its outcome are written:
whoever dies in between, a picture is done once.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from classifier.errors import AivhError, NotAllowed
from labelling.errors import NotFound
from labelling.keyset import in_batches
from labelling.models import User
from worker.models import Job, JobItem
from worker.outages import DATABASE_AWAY
from worker.services.jobs.work import Ending, Work

log = logging.getLogger(__name__)

Outcome = JobItem.Outcome
BATCH = 500
# What is written of an item; not its picture, which an act may have deleted.
TOLD = ("outcome", "code", "message", "undo")
BROKE = "This could not be done; your administrator finds the reason in the log."

# Does it to one picture for this person; gives back what an undo needs to know, or None where
# nothing changed.
Act = Callable[[UUID, JobItem, User], dict[str, Any] | None]


def for_each_item(
    work: Work, act: Act, *, did: str, unchanged: str = "left as they were", held: bool = True
) -> Ending:
    """Do ``act`` to every picture that waits; what it refuses by an AivhError keeps its words.

    It is done for whoever asked for the job, as their account is when the picture's turn comes.
    Raises NotAllowed once that is let in no more.

    ``did`` and ``unchanged`` are words for the outcome, as in "412 reviewed". With ``held`` the
    act runs in the transaction that writes its outcome. Without, for what takes long, it runs in
    none, so that nobody waits for a lock meanwhile; it must then itself be safe to run twice.
    """
    do = _do if held else _do_outside
    counts = _counts(work.job)
    total = counts.total()
    work.progress(total - counts[Outcome.WAITING], total=total, refused=counts[Outcome.REFUSED])
    for pk in _waiting(work.job):
        counts[do(pk, act)] += 1
        counts[Outcome.WAITING] -= 1
        work.note_lasting()
        work.progress(total - counts[Outcome.WAITING], refused=counts[Outcome.REFUSED])
        work.give_way()
    # What another worker did while we counted is told, too.
    counts = _counts(work.job)
    work.progress(total - counts[Outcome.WAITING], refused=counts[Outcome.REFUSED])
    return Ending(_sentence(work.job, counts, did=did, unchanged=unchanged))


def requester(job: Job) -> User:
    """Who asked for the job, read anew: a person remembers what they once were allowed to.

    Raises NotAllowed where there is nobody left, or they are let in no more.
    """
    asked = User.objects.filter(jobs=job.pk, is_active=True).first()
    if asked is None:
        raise NotAllowed("Whoever asked for this has no account any more, so it was not done.")
    return asked


def _counts(job: Job) -> Counter[str]:
    rows = job.items.order_by().values_list("outcome").annotate(Count("pk"))
    return Counter(dict(rows))


def _waiting(job: Job) -> Iterator[int]:
    """The pictures that are still to do, read a batch at a time."""
    left = job.items.filter(outcome=Outcome.WAITING).only("pk")
    for batch in in_batches(left, BATCH):
        yield from (item.pk for item in batch)


@transaction.atomic
def _do(pk: int, act: Act) -> str:
    """Do one and write down what became of it; what another worker has done stays."""
    # Its job is joined for who asked; many workers may read that row, so it is not locked.
    item = JobItem.objects.select_for_update(of=("self",)).select_related("job").get(pk=pk)
    if item.outcome == Outcome.WAITING:
        _attempt(item, _undone_if_refused(act))
        item.save(update_fields=TOLD)
    return item.outcome


def _do_outside(pk: int, act: Act) -> str:
    item = JobItem.objects.select_related("job").get(pk=pk)
    if item.outcome == Outcome.WAITING:
        _attempt(item, act)
        item.save(update_fields=TOLD)
    return item.outcome


def _undone_if_refused(act: Act) -> Act:
    """What is refused half-way leaves nothing behind."""

    def held(image_id: UUID, item: JobItem, by: User) -> dict[str, Any] | None:
        with transaction.atomic():
            return act(image_id, item, by)

    return held


def _attempt(item: JobItem, act: Act) -> None:
    """Set on the item what came of it. Raises NotAllowed, and what is no matter of this one."""
    by = requester(item.job)
    try:
        if item.image_id is None:
            raise NotFound("This picture is not there any more.")
        undo = act(item.image_id, item, by)
    except AivhError as error:
        item.outcome, item.code, item.message = Outcome.REFUSED, error.code, error.message[:300]
    except DATABASE_AWAY:  # no picture is to blame for it
        raise
    except Exception:  # one picture that breaks does not keep the others waiting
        log.exception("%s broke in job %s.", item, item.job_id)
        item.outcome, item.code, item.message = Outcome.REFUSED, "internal_error", BROKE
    else:
        item.outcome = Outcome.UNCHANGED if undo is None else Outcome.DONE
        item.undo = undo or item.undo


def _sentence(job: Job, counts: Counter[str], *, did: str, unchanged: str) -> str:
    """As in "412 reviewed, 3 refused: you have decided on this picture already."."""
    parts = [f"{counts[Outcome.DONE]} {did}"]
    if counts[Outcome.UNCHANGED]:
        parts.append(f"{counts[Outcome.UNCHANGED]} {unchanged}")
    if not counts[Outcome.REFUSED]:
        return f"{', '.join(parts)}."
    parts.append(f"{counts[Outcome.REFUSED]} refused")
    refused = job.items.filter(outcome=Outcome.REFUSED).order_by().values_list("message")
    reasons = refused.annotate(n=Count("pk")).order_by("-n", "message")[:2]
    first, *more = [message for message, _ in reasons]
    told = first.split(". ")[0].rstrip(".")
    others = "; others for other reasons" if more else ""
    return f"{', '.join(parts)}: {told[:1].lower()}{told[1:]}{others}."
