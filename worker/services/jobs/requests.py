"""Asking for a job: checked, written down with the pictures it is about, sent on commit."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial, wraps
from typing import Any, ParamSpec
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier.errors import AivhError
from labelling.errors import Conflict, InvalidRequest
from labelling.models import Image, User
from labelling.permissions import (
    check_may_administer,
    check_may_assign,
    check_may_review,
    check_may_upload,
)
from worker.broker import send
from worker.models import Job, JobItem

Kind = Job.Kind
P = ParamSpec("P")
MOST_PICTURES = 100_000
MOST_ACTIVE = 20  # jobs of one person that wait or run; one worker does all people's in turn
BATCH = 2000  # rows written at once


class TooManyJobs(AivhError):
    """This person has as many jobs under way as one may; it goes when one of them has ended."""

    code = "too_many_jobs"


# Who may ask for a kind at all; each item is checked again by the service that does it.
CHECKS: dict[str, Callable[[User], None]] = {
    Kind.IMPORT: check_may_administer,
    Kind.EXPORT: check_may_upload,  # of what this person may see
    Kind.PREDICT: check_may_administer,
    Kind.REVIEW: check_may_review,
    Kind.ASSIGN: check_may_assign,
    Kind.DELETE: check_may_upload,
    Kind.RESTORE: check_may_upload,
    Kind.ERASE: check_may_upload,
}


def tried_again(request: Callable[P, Job]) -> Callable[P, Job]:
    """Ask once more where a picture was erased while its item was written, which is only found
    out at the commit. The second time it is known to be gone."""

    @wraps(request)
    def asked(*args: P.args, **about: P.kwargs) -> Job:
        try:
            return request(*args, **about)
        except IntegrityError:
            return request(*args, **about)

    return asked


@tried_again
@transaction.atomic
def request_job(
    *,
    kind: str,
    by: User,
    title: str,
    options: Mapping[str, Any],
    image_ids: Collection[UUID] = (),
    undoes: Job | None = None,
) -> Job:
    """Write down a job and send it to a worker once this transaction has committed.

    ``options`` must be JSON. Pictures that are not there any more are left out. An undo is about
    the pictures that ``undoes`` has changed, and knows of each what it did. Raises NotAllowed,
    InvalidRequest, TooManyJobs, and Conflict where it was undone before.
    """
    if kind not in CHECKS:
        raise InvalidRequest("There is no such kind of job.")
    CHECKS[kind](by)
    if len(image_ids) > MOST_PICTURES:
        raise InvalidRequest(f"At most {MOST_PICTURES:,} pictures at a time.")
    if undoes is not None and Job.objects.filter(undoes=undoes).exists():
        raise Conflict("This job was undone before.")
    _check_room(by)
    job = Job.objects.create(
        kind=kind,
        title=title[:200],
        options=dict(options),
        requested_by=by,
        undoes=undoes,
        step="waiting for a worker",
        sent_at=timezone.now(),
    )
    _write_items(job, _undone(job, undoes) if undoes else _chosen(job, image_ids))
    transaction.on_commit(partial(send_job, job.pk))
    return job


def send_job(job_id: int) -> None:
    """Put a job on the queue; where the broker is away the sweeper does it later."""
    if not send("run_job", job_id):
        Job.objects.filter(pk=job_id).update(sent_at=None)


def _check_room(by: User) -> None:
    # Locked before they are counted: of two requests at once the second counts the first.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Job.objects.filter(requested_by=by, state__in=Job.ACTIVE).count() >= MOST_ACTIVE:
        raise TooManyJobs(
            f"You have {MOST_ACTIVE} jobs that wait or run, the most at a time. "
            "Wait until one has ended, or cancel one under Jobs."
        )


def _chosen(job: Job, image_ids: Collection[UUID]) -> Iterable[JobItem]:
    ids = list(dict.fromkeys(image_ids))
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        there = set(Image.objects.filter(pk__in=some).order_by().values_list("pk", flat=True))
        yield from (JobItem(job=job, image_id=image_id) for image_id in some if image_id in there)


def _undone(job: Job, undoes: Job) -> Iterable[JobItem]:
    done = undoes.items.filter(outcome=JobItem.Outcome.DONE, image__isnull=False)
    rows = done.values_list("image_id", "undo")
    return (JobItem(job=job, image_id=image_id, undo=undo) for image_id, undo in rows)


def _write_items(job: Job, items: Iterable[JobItem]) -> None:
    written = list(items)
    JobItem.objects.bulk_create(written, batch_size=BATCH)
    if written:
        job.total = len(written)
        job.save(update_fields=["total"])
