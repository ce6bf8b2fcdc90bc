"""The job that exports: rows of the chosen pictures, streamed into one private file."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from labelling.errors import InvalidRequest
from labelling.keyset import in_batches
from labelling.models import User
from labelling.permissions import check_may_upload
from labelling.services.audit_log import write_entry
from worker.exporting.annotations import write_coco, write_label_studio
from worker.exporting.folder import write_folder
from worker.exporting.reading import read_batch
from worker.exporting.row import Exported
from worker.exporting.tables import write_csv, write_jsonl
from worker.models import Job
from worker.services.jobs.files import discard
from worker.services.jobs.items import requester
from worker.services.jobs.lease import attempt
from worker.services.jobs.work import Abandoned, Ending, Work

BATCH = 500
KEPT = timedelta(days=7)  # how long a finished export can be downloaded
FOLDER = "exports"
FORMATS = {
    "csv": ("CSV", ".csv"),
    "jsonl": ("JSON Lines", ".jsonl"),
    "folder": ("a folder of pictures", ".zip"),
    "coco": ("COCO", ".coco.json"),
    "label-studio": ("Label Studio", ".label-studio.json"),
}
Writer = Callable[[Iterable[Exported], IO[bytes]], None]


def export_pictures(work: Work) -> Ending:
    """Write the file beside, store it as a whole, and write down who took what with them.

    Run again it begins from the start; what the first attempt stored is deleted.
    """
    job = work.job
    form = check_format(job.options.get("format", ""))
    with TemporaryFile() as file:
        counted = _Counted(work)
        writer_of(form, site=str(job.options.get("site", "")))(counted.rows(), file)
        size = file.tell()
        file.seek(0)
        work.progress(counted.done, step="storing the file")
        name = _store(job, file, FORMATS[form][1])
    _write_down(job, exporter(job), form, counted.written)
    words = f"{counted.written:,} exported as {FORMATS[form][0]}, {filesizeformat(size)}."
    return Ending(words.replace("\xa0", " "), result=name)


def exporter(job: Job) -> User:
    """Who asked for it, as their account is now. Raises NotAllowed."""
    by = requester(job)
    check_may_upload(by)  # as whoever asks for an export
    return by


def check_format(form: object) -> str:
    """Raises InvalidRequest."""
    if not isinstance(form, str) or form not in FORMATS:
        raise InvalidRequest(f"Export as one of {', '.join(FORMATS)}.")
    return form


def writer_of(form: str, *, site: str) -> Writer:
    """``site`` is the address that stands before the paths of pictures."""
    writers: dict[str, Writer] = {
        "csv": write_csv,
        "jsonl": write_jsonl,
        "folder": write_folder,
        "coco": write_coco,
        "label-studio": partial(write_label_studio, site=site),
    }
    return writers[form]


def discard_old_exports() -> int:
    """Delete the files of exports that nobody needs any more; return how many those were.

    Where an export failed or was cancelled after its file was stored, nobody ever gets it.
    """
    late = Q(finished_at__lt=timezone.now() - KEPT)
    in_vain = Q(state__in=(Job.State.FAILED, Job.State.CANCELLED))
    old = Job.objects.filter(late | in_vain, kind=Job.Kind.EXPORT).exclude(result="")
    return discard(old, name=lambda job: job.result, forget=_forget)


def _forget(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(result="")


def _store(job: Job, file: IO[bytes], suffix: str) -> str:
    """Store the file by a name that is on the job's row before: whoever dies here leaves none that
    nobody knows of. What an earlier attempt stored goes. Raises Abandoned, and keeps nothing then.
    """
    if job.result:
        default_storage.delete(job.result)
    name = f"{FOLDER}/{job.pk}-{secrets.token_urlsafe(12)}{suffix}"
    if not attempt(job).update(result=name):
        raise Abandoned
    default_storage.save(name, File(file))
    if not attempt(job).exists():  # storing took so long that another has the job, and its name
        default_storage.delete(name)
        raise Abandoned
    return name


@transaction.atomic
def _write_down(job: Job, by: User, form: str, pictures: int) -> None:
    write_entry(
        action="export.made", subject=f"job:{job.pk}", by=by, format=form, pictures=pictures
    )


class _Counted:
    """The rows of a job's pictures, counted as they pass."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.done = self.written = 0

    def rows(self) -> Iterator[Exported]:
        self.work.progress(0, step="writing")
        for batch in _chosen(self.work.job):
            for exported in read_batch(batch, exporter(self.work.job)):
                self.written += 1
                yield exported
            self.done += len(batch)
            self.work.progress(self.done, refused=self.done - self.written)


def _chosen(job: Job) -> Iterator[list[UUID]]:
    """The job's pictures in the order in which they were chosen; those deleted since are gone."""
    items = job.items.filter(image__isnull=False).only("image")
    for batch in in_batches(items, BATCH):
        yield [item.image_id for item in batch if item.image_id]
