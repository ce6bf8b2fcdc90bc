"""``manage.py snapshot``: list, pull, push and verify what trainings saw."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from classifier.errors import AivhError
from worker.services import checkout
from worker.services.checkout import Report, Told
from worker.services.manifest import read_manifest
from worker.services.pictures import THREADS

NAMED = 5  # pictures that are named where something is wrong with many


class Command(BaseCommand):
    """Asks the storage only, so it works where there is no database."""

    help = "Bring a snapshot's pictures and labels into a folder, carry a folder back, compare."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="the snapshots in the storage")
        pull = steps.add_parser("pull", help="bring a snapshot into a folder; again to go on")
        pull.add_argument("digest", help="or its first characters")
        pull.add_argument("folder", type=Path)
        push = steps.add_parser("push", help="carry a pulled folder into this site's storage")
        push.add_argument("folder", type=Path)
        verify = steps.add_parser("verify", help="compare every picture with its digest")
        verify.add_argument("what", metavar="DIGEST_OR_FOLDER")
        for step in (pull, push, verify):
            step.add_argument("--threads", type=int, default=THREADS, help="pictures at a time")

    def handle(self, *, step: str, **options: Any) -> None:
        try:
            if step == "list":
                self._list()
            else:
                self._tell(step, WORK[step](**options))
        except (AivhError, OSError) as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        digests = checkout.stored_digests()
        for digest in digests:
            lines = read_manifest(checkout.stored_manifest(digest))
            uses = Counter(line.use for line in lines)
            said = ", ".join(f"{count} {use}" for use, count in sorted(uses.items()))
            self.stdout.write(f"{digest}  {len(lines)} pictures  {said}".rstrip())
        if not digests:
            self.stdout.write("There is no snapshot in the storage yet.")

    def _tell(self, step: str, report: Report) -> None:
        brought = f", {report.brought} now" if step != "verify" else ""
        there = report.there + report.brought
        self.stdout.write(
            f"{there} of {report.pictures} pictures are as they should be{brought}. "
            f"Snapshot {report.digest}"
        )
        if report.missing:
            self.stderr.write(
                "Not there any more, maybe because somebody deleted them: "
                f"{len(report.missing)}. {_some(report.missing)}"
            )
        if report.failed:
            said = [f"{sha256[:12]}: {why}" for sha256, why in report.failed.items()]
            self.stderr.write(f"{len(said)} failed. Run it again to go on. {_some(said)}")
        if report.failed or (report.missing and step == "verify"):
            sys.exit(1)


def _pull(*, digest: str, folder: Path, threads: int, **_: Any) -> Report:
    found = checkout.find_digest(digest)
    return _shown(lambda told: checkout.pull(found, folder, threads=threads, told=told))


def _push(*, folder: Path, threads: int, **_: Any) -> Report:
    return _shown(lambda told: checkout.push(folder, threads=threads, told=told))


def _verify(*, what: str, threads: int, **_: Any) -> Report:
    folder = Path(what)
    found: str | Path = folder if folder.is_dir() else checkout.find_digest(what)
    return _shown(lambda told: checkout.verify(found, threads=threads, told=told))


WORK: dict[str, Callable[..., Report]] = {"pull": _pull, "push": _push, "verify": _verify}


def _shown(work: Callable[[Told], Report]) -> Report:
    """Show a bar while it works; none where nobody looks on."""
    with tqdm(unit=" pictures", disable=None) as bar:

        def told(report: Report) -> None:
            bar.total = report.pictures
            bar.update(1)

        return work(told)


def _some(said: list[str]) -> str:
    more = f" and {len(said) - NAMED} more" if len(said) > NAMED else ""
    return "; ".join(said[:NAMED]) + more
