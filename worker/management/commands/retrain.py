"""``manage.py retrain``: freeze, refit, measure, and promote what is not worse."""

import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from classifier.errors import AivhError
from worker import queries
from worker.models import Kind, TrainingRun
from worker.services.cancelling import cancel_run
from worker.services.retraining import request_retraining, run_retraining

LOOK_EVERY = 0.5  # seconds


class Command(BaseCommand):
    """Runs here and now, without a broker, unless ``--queue`` leaves it to the worker."""

    help = "Retrain on what people have settled. Exits with 1 only where it failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--now", action="store_true", help="train in this process (this is the default)"
        )
        how.add_argument(
            "--queue", action="store_true", help="leave it to the training worker and return"
        )
        how.add_argument(
            "--wait", action="store_true", help="leave it to the training worker and wait for it"
        )
        how.add_argument(
            "--cancel", action="store_true", help="cancel the one that is queued or running"
        )
        parser.add_argument(
            "--fine-tune",
            action="store_true",
            help="let the network learn on from the pictures (minutes to hours, with torch), "
            "not only the head",
        )

    def handle(self, *, queue: bool, wait: bool, cancel: bool, fine_tune: bool, **_: Any) -> None:
        try:
            if cancel:
                self.cancel()
            else:
                kind = Kind.FINE_TUNE if fine_tune else Kind.REFIT
                self.retrain(kind, queue=queue, wait=wait)
        except AivhError as error:
            raise CommandError(error.message) from error

    def cancel(self) -> None:
        run = queries.active_run()
        if run is None:
            self.stdout.write("No retraining is under way.")
            return
        run = cancel_run(run_id=run.pk, by=None)
        self.stdout.write(run.outcome or "It stops at its next step. Nothing of it will go live.")

    def retrain(self, kind: str, *, queue: bool, wait: bool) -> None:
        run = request_retraining(by=None, kind=kind, dispatch=queue or wait)
        if run.state == TrainingRun.State.QUEUED and not queue:
            follow(run, work=None if wait else lambda: run_here(run.pk))
        run.refresh_from_db()
        self.stdout.write(run.outcome or "The retraining is queued.")
        if run.state == TrainingRun.State.FAILED:
            sys.exit(1)


def run_here(run_id: int) -> None:
    """Train in this process; where somebody stops it by SIGTERM, that is written on the run."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        run_retraining(run_id)
    finally:
        signal.signal(signal.SIGTERM, before)


def follow(run: TrainingRun, *, work: Callable[[], None] | None) -> None:
    """Show the run's row as a bar until it is done; ``work`` is what does it, if it is us."""
    done = Event()
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {postfix}", disable=None) as bar:
        if work is None:
            watch(run, bar, done)
            return
        watcher = Thread(target=watch, args=(run, bar, done), daemon=True)
        watcher.start()
        try:
            work()
        finally:
            done.set()
            watcher.join()


def watch(run: TrainingRun, bar: "tqdm[Any]", done: Event) -> None:
    """Copy progress and step from the row to the bar, twice a second."""
    active = True
    while active and not done.wait(LOOK_EVERY):
        row = TrainingRun.objects.get(pk=run.pk)
        bar.n = row.percent
        bar.set_postfix_str(row.step)
        active = row.is_active
    connection.close()
