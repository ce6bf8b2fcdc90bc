"""The job that imports: each file of a folder, a zip or a bucket, with an outcome of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction

from classifier.errors import AivhError
from classifier.training.parallel import in_order
from labelling.errors import InvalidRequest
from labelling.import_journal import Entry
from labelling.import_tasks import Listing, with_annotations
from labelling.import_zip import open_zip, zip_candidates
from labelling.importable import Candidate, allowed_folder, candidates, candidates_below
from labelling.permissions import check_may_administer
from labelling.services.import_files import (
    Came,
    import_labelled,
    import_unlabelled,
    read_file,
    read_labelled,
)
from labelling.services.importing import Outcome
from worker.models import Job, JobItem
from worker.services.jobs.files import discard
from worker.services.jobs.items import requester
from worker.services.jobs.work import Ending, Work

MOST_FILES = 100_000
READ_AHEAD = 4  # files read at a time; a zip is read one by one
ENDINGS = {
    Outcome.IMPORTED: JobItem.Outcome.DONE,
    Outcome.LABELLED: JobItem.Outcome.DONE,
    Outcome.KNOWN: JobItem.Outcome.UNCHANGED,
}


def import_pictures(work: Work) -> Ending:
    """Import every file that has no outcome yet; run again it goes on where it stopped."""
    check_may_administer(requester(work.job))
    labelled = bool(work.job.options.get("labelled"))
    read = read_labelled if labelled else read_file
    take = import_labelled if labelled else import_unlabelled
    with opened(work.job) as (files, threads):
        listing = with_annotations(files, labelled=labelled)
        total = _count(listing)
        done = dict(work.job.items.values_list("name", "outcome"))
        counts = Counter(done.values())
        work.progress(len(done), total=total, refused=counts[JobItem.Outcome.REFUSED])
        new = (one for one in listing() if one.name[:500] not in done)
        for one, came in in_order(read, new, threads=threads):
            counts[_import(work.job, one, came, take)] += 1
            work.progress(counts.total(), refused=counts[JobItem.Outcome.REFUSED], step=one.name)
    return Ending(_sentence(counts, labelled=labelled))


@contextmanager
def opened(job: Job) -> Iterator[tuple[Listing, int]]:
    """What the job imports, to be listed as often as one likes, and how many to read at once."""
    source, place = job.options.get("source"), str(job.options.get("place", ""))
    if source == "folder":
        yield partial(candidates_below, allowed_folder(place)), READ_AHEAD
    elif source == "bucket":
        yield partial(candidates, place), READ_AHEAD
    elif source == "zip":
        with default_storage.open(place) as file, open_zip(file) as archive:
            yield partial(zip_candidates, archive), 1
    else:
        raise InvalidRequest("Import a folder, a zip or a part of a bucket.")


def discard_sent_zips() -> int:
    """Delete the zips of imports that have ended, however they did; return how many those were."""
    sent = Job.objects.filter(kind=Job.Kind.IMPORT, options__source="zip")
    left = sent.exclude(state__in=Job.ACTIVE).exclude(options__place="")
    return discard(left, name=lambda job: str(job.options["place"]), forget=_forget)


def _forget(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(options=job.options | {"place": ""})


@transaction.atomic
def _import(job: Job, one: Candidate, came: Came, take: Callable[..., Entry]) -> str:
    """Take one file in; its outcome commits with it, so that a death in between repeats both.

    Raises NotAllowed once whoever asked may import no more, as nothing is then to be taken in.
    """
    by = requester(job)
    check_may_administer(by)
    entry = take(one, came, by=by)
    outcome = JobItem.Outcome.REFUSED if entry.code else ENDINGS[Outcome(entry.outcome)]
    JobItem.objects.create(
        job=job,
        name=one.name[:500],
        outcome=outcome,
        code=entry.code[:40],
        message=entry.message[:300],
    )
    return outcome


def _count(listing: Listing) -> int:
    """How many files there are. Raises InvalidRequest where they are too many for one job."""
    count = sum(1 for _ in islice(listing(), MOST_FILES + 1))
    if count > MOST_FILES:
        raise InvalidRequest(f"An import takes at most {MOST_FILES:,} files. Split it.")
    if not count:
        raise AivhError("There is no file to import there.", code="not_found")
    return count


def _sentence(counts: "Counter[str]", *, labelled: bool) -> str:
    how = "imported with their labels" if labelled else "imported"
    parts = [f"{counts[JobItem.Outcome.DONE]:,} {how}"]
    if counts[JobItem.Outcome.UNCHANGED]:
        parts.append(f"{counts[JobItem.Outcome.UNCHANGED]:,} were here already")
    if counts[JobItem.Outcome.REFUSED]:
        parts.append(f"{counts[JobItem.Outcome.REFUSED]:,} refused, for the reasons below")
    return f"{', '.join(parts)}."
