"""``manage.py classify PATH...``: a verdict for files and folders, without uploading them."""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from classifier.bulk.files import Row, classify_files, find_files
from classifier.bulk.rows import WRITERS
from classifier.errors import NoModel
from classifier.serving import detector_at_hand
from classifier.vocabulary import Verdict


class Command(BaseCommand):
    """Rows go to the standard output, the progress bar and the summary to the error output."""

    help = "Say of files and folders of pictures whether a machine made them. Nothing is stored."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--format", choices=WRITERS, default="table")

    def handle(self, *, paths: list[Path], format: str, **_: Any) -> None:
        """Exit with 1 where there was no picture at all, or none that could be read."""
        try:
            name, detector = detector_at_hand()
        except NoModel as error:
            raise CommandError(error.message) from error
        files = find_files(paths)
        summary = Summary()
        with tqdm(total=len(files), unit="picture", file=sys.stderr, disable=None) as bar:
            rows = classify_files(files, name=name, detector=detector)
            self.stdout.ending = ""  # the writers end their lines themselves
            WRITERS[format](summary.count(rows, bar), self.stdout)
        self.stderr.write(summary.words())
        if not summary.verdicts:
            sys.exit(1)


class Summary:
    """Counts the rows that pass and moves the bar."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.errors = 0
        self._started = time.monotonic()

    def count(self, rows: Iterable[Row], bar: "tqdm[Any]") -> Iterator[Row]:
        for row in rows:
            if row.error:
                self.errors += 1
            else:
                self.verdicts[row.verdict] += 1
            bar.clear()  # or the row would be written into the bar
            yield row
            bar.update()

    def words(self) -> str:
        seconds = time.monotonic() - self._started
        read = sum(self.verdicts.values())
        if not read and not self.errors:
            return "There is no picture here."
        parts = [f"{self.verdicts[verdict]} {verdict}" for verdict in Verdict]
        errors = f", {self.errors} could not be read" if self.errors else ""
        speed = f", {read / seconds:.1f} pictures per second" if read else ""
        return f"{', '.join(parts)}{errors}; {seconds:.1f} s{speed}."
