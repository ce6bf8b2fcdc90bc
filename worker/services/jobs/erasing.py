"""Deleting everything that one person handed in."""

from uuid import UUID

from labelling.errors import NotFound
from labelling.models import User
from labelling.services.erasing import erase_upload, uploads_of
from worker.models import Job, JobItem
from worker.services.jobs.items import for_each_item, requester
from worker.services.jobs.requests import MOST_PICTURES, request_job
from worker.services.jobs.work import Ending, Work


def request_erasing(*, person_id: int, by: User) -> Job:
    """Ask for it: for oneself, or as an administrator. Raises NotAllowed, NotFound.

    At most ``MOST_PICTURES`` at a time; whoever handed in more asks again.
    """
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise NotFound("There is no such person, or they are not yours to see.")
    ids = uploads_of(person=person, by=by).values_list("pk", flat=True)[:MOST_PICTURES]
    return request_job(
        kind=Job.Kind.ERASE,
        by=by,
        title=f"Delete what {person.get_username()} handed in",
        options={"person": person.pk},
        image_ids=list(ids),
    )


def erase_uploads(work: Work) -> Ending:
    """Erase what nobody else handed in, and of the rest this person's part."""
    by = requester(work.job)
    person = User.objects.filter(pk=work.job.options.get("person")).first()
    if person is None:
        raise NotFound("This person has no account any more.")

    def erase(image_id: UUID, item: JobItem) -> dict[str, str] | None:
        return {} if erase_upload(image_id=image_id, person=person, by=by) else None

    unchanged = "stay because others handed them in too, without this person's name"
    return for_each_item(work, erase, did="deleted for good", unchanged=unchanged)
