"""``manage.py registry``: what bundles there are, and taking one in as a candidate."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classifier.adopting import adopt, best_of_sweep, find_reference
from classifier.errors import AivhError
from classifier.registry import BestRun, Entry
from classifier.serving import registry

PLACE = "its digest, the beginning of it, or an alias"


class Command(BaseCommand):
    """Each subcommand is a method of its name."""

    help = "Bundles in the registry: list, best, pull, put, adopt, synchronise."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        commands.add_parser("list", help="every bundle, the newest first")
        _name_sweep(commands.add_parser("best", help="the best run of a sweep"))
        pull = commands.add_parser("pull", help="copy a bundle into a folder")
        pull.add_argument("reference", help=PLACE)
        pull.add_argument("target", type=Path, metavar="FOLDER")
        put = commands.add_parser("put", help="store a bundle; asks no database")
        put.add_argument("folder", type=Path, metavar="FOLDER")
        take = commands.add_parser("adopt", help="register a bundle as a candidate version")
        take.add_argument(
            "bundle", nargs="?", help=f"{PLACE}, or a folder; the best of the sweep if left out"
        )
        _name_sweep(take)
        commands.add_parser("synchronise", help="send what Weights & Biases missed, now")

    def handle(self, *, command: str, **options: Any) -> None:
        try:
            getattr(self, command)(**options)
        except (AivhError, FileExistsError) as error:
            raise CommandError(str(error)) from error

    def list(self, **_: Any) -> None:
        """One line for each bundle."""
        entries = registry().list()
        for entry in entries:
            self.stdout.write(_in_words(entry))
        if not entries:
            self.stdout.write("The registry is empty.")
        self._say_what_waits()

    def best(self, *, sweep: str, metric: str, **_: Any) -> None:
        """Which run of the sweep was best, and which bundle it made."""
        self._say(best_of_sweep(sweep=sweep, metric=metric))

    def pull(self, *, reference: str, target: Path, **_: Any) -> None:
        """Copy a bundle whose every file was checked."""
        shutil.copytree(registry().get(find_reference(reference)), target)
        self.stdout.write(f"The bundle is at {target}.")

    def put(self, *, folder: Path, **_: Any) -> None:
        """Store a bundle that was trained away from the site, and say by what name to adopt it."""
        reference = registry().put(folder)
        self.stdout.write("Where the site runs: manage.py registry adopt")
        self.stdout.write(reference)

    def adopt(self, *, bundle: str | None, sweep: str, metric: str, **_: Any) -> None:
        """Take a bundle in as a candidate."""
        if bundle is None:
            best = best_of_sweep(sweep=sweep, metric=metric)
            self._say(best)
            bundle = best.reference
        version = adopt(bundle)
        self.stdout.write(f"It is version {version.number}, {version.state}.")
        if version.state == version.State.CANDIDATE:
            how = f"manage.py consider {version.number} --by NAME --reason TEXT"
            self.stdout.write(f"It answers nobody. To compare it with the one that does: {how}")

    def synchronise(self, **_: Any) -> None:
        """Send what waits and say what was sent."""
        sent = registry().synchronise()
        self.stdout.write(f"{len(sent)} bundles were sent.")
        self._say_what_waits()

    def _say(self, best: BestRun) -> None:
        self.stdout.write(
            f"The best run is {best.name} ({best.run}) with {best.metric} {best.value:g}; "
            f"its bundle is {best.reference[:12]}."
        )

    def _say_what_waits(self) -> None:
        home = registry()
        bundles, runs = len(home.pending()), len(home.pending_runs())
        if bundles or runs:
            self.stdout.write(f"Waiting for Weights & Biases: {bundles} bundles, {runs} runs.")


def _name_sweep(parser: ArgumentParser) -> None:
    parser.add_argument("--sweep", default=settings.WANDB_SWEEP_ID, help="WANDB_SWEEP_ID")
    parser.add_argument("--metric", default=settings.WANDB_SWEEP_METRIC, help="WANDB_SWEEP_METRIC")


def _in_words(entry: Entry) -> str:
    aliases = ", ".join(entry.aliases) or "no alias"
    return f"{entry.digest[:12]}  {entry.created_at:%Y-%m-%d %H:%M}  {aliases}"
