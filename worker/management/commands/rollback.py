"""``manage.py rollback``: let the version before answer again, without asking any network."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.errors import AivhError
from worker.services.rollback import roll_back


class Command(BaseCommand):
    help = "Let an earlier version answer again. The bundle is read from this machine's disk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", type=int, metavar="N", help="this version instead of the one before"
        )
        parser.add_argument("--reason", default="", help="why; it is kept and shown")

    def handle(self, *, to: int | None, reason: str, **_: Any) -> None:
        try:
            version = roll_back(by=None, to=to, reason=reason)
        except AivhError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Version {version.number} answers from now on.")
