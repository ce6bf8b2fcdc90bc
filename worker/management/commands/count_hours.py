"""``manage.py count_hours``: bring the hourly counts up to date, as the clock does."""

from argparse import ArgumentParser
from math import inf
from typing import Any

from django.core.management.base import BaseCommand

from worker.services.tallies import count_anew, count_hours
from worker.tally_queries import total_by_key


class Command(BaseCommand):
    help = "Count by the hour what came in, to the end. The clock does it in rounds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anew", action="store_true", help="forget the counts; deleted rows count no more"
        )

    def handle(self, *, anew: bool, **_: Any) -> None:
        if anew:
            count_anew()
        count_hours(seconds=inf)
        images, said = (sum(total_by_key(what).values()) for what in ("image", "verdict"))
        self.stdout.write(f"Counted: {images:,} pictures, {said:,} predictions.")
