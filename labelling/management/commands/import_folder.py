"""``manage.py import_folder``: labelled pictures from a folder or a bucket, one outcome each."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from classifier.errors import AivhError
from classifier.training.parallel import in_order
from labelling.import_journal import Entry, Journal, journal_of
from labelling.importable import Candidate, candidates
from labelling.models import User
from labelling.permissions import check_may_administer
from labelling.services.importing import Outcome, import_picture

DONE_BEFORE = "done before"
NO_CLASS = "Its first folder names no class, such as ai or human, so its label is unknown."
HAS_OTHER_VOTE = "You have decided otherwise on this picture; that stands."


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

        with tqdm(unit=" files", disable=None) as bar:
            for one, came in in_order(read, new(candidates(source)), threads=threads):
                entry = outcome_of(one, came, by=by)
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


def read(one: Candidate) -> tuple[Candidate, bytes | Exception | None]:
    """Read a file whose label is known; what goes wrong with it is given back."""
    if one.label is None:
        return one, None
    try:
        return one, one.read()
    except Exception as error:  # whatever a bucket's library raises ends no import
        return one, error


def outcome_of(one: Candidate, came: bytes | Exception | None, *, by: User) -> Entry:
    """Import one file, and say how that ended."""

    def failed(code: str, message: str) -> Entry:
        return Entry(one.name, one.mark, "failed", code, message)

    if one.label is None or came is None:
        return failed("no_class", NO_CLASS)
    if isinstance(came, AivhError):
        return failed(came.code, came.message)
    if isinstance(came, Exception):
        return failed("unreadable", f"It cannot be read: {came}")
    try:
        outcome = import_picture(data=came, filename=one.name, label=one.label, by=by)
    except AivhError as error:  # refused, or answered by this person in the same moment
        return failed(error.code, error.message)
    if outcome is Outcome.CONFLICT:
        return failed(outcome.value, HAS_OTHER_VOTE)
    return Entry(one.name, one.mark, outcome.value)
