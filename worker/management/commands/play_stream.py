"""``manage.py play_stream``: what ``simulate_loop`` runs on the site that it made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from classifier.errors import AivhError
from worker.management.simulation import add_options, stops
from worker.simulation.simulate import PAGE, Plan, default_bundle, simulate


class Command(BaseCommand):
    """Refuses a site that holds pictures or people. Use ``simulate_loop``, which makes one."""

    help = "Play a labelled stream on this site, which must be empty. Use simulate_loop instead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *, labels: str, out: Path, bundle: Path | None, **options: Any) -> None:
        plan = Plan(
            stream=options["stream"],
            out=out,
            bundle=bundle or default_bundle(),
            reviewers=options["reviewers"],
            error_rate=options["error_rate"],
            order=options["order"],
            seeds=options["seeds"],
            stops=stops(labels),
        )
        try:
            with tqdm(
                total=100, unit="%", bar_format="{l_bar}{bar}| {postfix}", disable=None
            ) as bar:

                def show(share: float, words: str) -> None:
                    bar.n = round(100 * share)
                    bar.set_postfix_str(words)

                simulate(plan, show)
        except AivhError as error:
            raise CommandError(error.message) from error
        self.stdout.write((out / PAGE).read_text(encoding="utf-8"))
        self.stdout.write(f"Points, table and chart are in {out}.")
