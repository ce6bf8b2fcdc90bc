"""``manage.py import_folder``: labelled pictures from a folder or a bucket, one outcome each."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from classifier.errors import AivhError
from classifier.training.parallel import in_order
from labelling.import_journal import Journal, journal_of
from labelling.import_tasks import with_annotations
from labelling.importable import Candidate, candidates
from labelling.models import User
from labelling.permissions import check_may_administer
from labelling.services.import_files import import_labelled, read_labelled

DONE_BEFORE = "done before"


class Command(BaseCommand):
    """Reads ahead in threads, writes one by one; run again, it goes on where it stopped."""

    help = "Import pictures whose folders are named after the classes, such as ai and human."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="a folder, or gs://bucket/prefix")
        parser.add_argument(
            "--by", required=True, metavar="NAME", help="the administrator who answers for them"
        )
        parser.add_argument("--threads", type=int, default=8, help="files read at a time")
        parser.add_argument(
            "--journal", type=Path, help="where the outcome of each file is written"
        )

    def handle(self, *, source: str, by: str, threads: int, journal: Path | None, **_: Any) -> None:
        try:
            person = administrator(by)
            kept = Journal(journal) if journal else journal_of(source, by=by)
            counts = self._import(source, person, kept, threads)
        except (AivhError, OSError) as error:
            raise CommandError(str(error)) from error
        for outcome, count in sorted(counts.items()):
            self.stdout.write(f"{count:7d}  {outcome}")
        self.stdout.write(f"Every file's outcome is in {kept.path}.")
        if counts["failed"]:
            sys.exit(1)

    def _import(self, source: str, by: User, journal: Journal, threads: int) -> Counter[str]:
        counts: Counter[str] = Counter()

        def new(found: Iterator[Candidate]) -> Iterator[Candidate]:
            for one in found:
                if journal.is_done(one.name, one.mark):
                    counts[DONE_BEFORE] += 1
                else:
                    yield one

        listing = with_annotations(partial(candidates, source), labelled=True)
        with tqdm(unit=" files", disable=None) as bar:
            for one, came in in_order(read_labelled, new(listing()), threads=threads):
                entry = import_labelled(one, came, by=by)
                journal.add(entry)
                counts["failed" if entry.code else entry.outcome] += 1
                if entry.code:
                    self.stderr.write(f"{entry.name}: {entry.message} ({entry.code})")
                bar.update(1)
        return counts


def administrator(name: str) -> User:
    """The account of that name. Raises CommandError, NotAllowed."""
    person = User.objects.filter(username=name).first()
    if person is None:
        raise CommandError(f"There is no account {name}.")
    check_may_administer(person)
    return person
