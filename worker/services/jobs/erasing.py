"""Deleting everything that one person handed in."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from labelling.errors import NotFound
from labelling.models import Submission, User
from labelling.services.erasing import check_may_erase, erase_upload, uploads_of
from worker.models import Job, JobItem
from worker.services.jobs.items import for_each_item
from worker.services.jobs.requests import MOST_PICTURES, request_job
from worker.services.jobs.work import Ending, Work


@dataclass(frozen=True)
class Uploads:
    """How many pictures a person handed in: alone, and as others did, too."""

    alone: int
    shared: int

    @property
    def all(self) -> int:
        return self.alone + self.shared


def person_to_erase(person_id: int, by: User) -> User:
    """Oneself, or for administrators anybody. Raises NotFound."""
    return _checked(User.objects.filter(pk=person_id).first(), by)


def person_named(name: str, by: User) -> User:
    """The same by the account's name. Raises NotFound."""
    return _checked(User.objects.filter(username=name).first(), by)


def _checked(person: User | None, by: User) -> User:
    if person is None:
        raise NotFound("There is no such person, or they are not yours to see.")
    check_may_erase(person, by)
    return person


def to_erase(person: User, by: User) -> Uploads:
    """What an erasing would do now. Two queries. Raises NotFound."""
    uploads = uploads_of(person=person, by=by)
    submissions = Submission.objects.filter(image=OuterRef("pk"))
    others = submissions.filter(~Q(submitter=person.pk) | Q(submitter__isnull=True))
    shared = uploads.filter(Exists(others)).count()
    return Uploads(alone=uploads.count() - shared, shared=shared)


def request_erasing(*, person_id: int, by: User) -> Job:
    """Ask for it: for oneself, or as an administrator. Raises NotAllowed, NotFound.

    At most ``MOST_PICTURES`` at a time; whoever handed in more asks again.
    """
    person = person_to_erase(person_id, by)
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
    person = User.objects.filter(pk=work.job.options.get("person")).first()
    if person is None:
        raise NotFound("This person has no account any more.")

    def erase(image_id: UUID, item: JobItem, by: User) -> dict[str, str] | None:
        return {} if erase_upload(image_id=image_id, person=person, by=by) else None

    unchanged = "stay because others handed them in too, without this person's name"
    return for_each_item(work, erase, did="deleted for good", unchanged=unchanged)
