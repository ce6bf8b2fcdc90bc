"""``manage.py sweep``: many short trainings, and the settings of the best of them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.errors import AivhError
from classifier.management.training import add_config, config_from, imported
from classifier.serving import registry, wandb_settings


class Command(BaseCommand):
    """A trial trains and is measured on ``val``; only with ``--bundle`` the best make bundles."""

    help = "Train with many settings drawn from a space and say which were best."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV_OR_FOLDER")
        parser.add_argument("--space", type=Path, required=True, metavar="YAML")
        parser.add_argument("--out", type=Path, required=True, help="goes on where it broke off")
        parser.add_argument("--trials", type=int, default=10)
        parser.add_argument("--metric", default="val_auroc_hard")
        parser.add_argument("--sweep-seed", type=int, default=0, help="of the draws, not of a run")
        parser.add_argument(
            "--bundle",
            action="store_true",
            help="make a bundle of each trial that is the best so far, and keep all trials in the "
            "registry",
        )
        add_config(parser)

    def handle(self, *, manifest: Path, space: Path, out: Path, **options: Any) -> None:
        sweeping = imported("classifier.training.sweep")
        spaces = imported("classifier.training.sweep_space")
        results = imported("classifier.training.sweep_results")
        metric = options["metric"]
        try:
            base = config_from(options)
            trials = sweeping.run_sweep(
                sweeping.Sweep(base, spaces.read_space(space, base), metric, options["sweep_seed"]),
                manifest,
                out,
                count=options["trials"],
                wandb=wandb_settings(),
                registry=registry() if options["bundle"] else None,
                progress=self._say,
            )
        except AivhError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(results.table_in_words(trials, metric))
        if not trials or not trials[0].figures:
            raise CommandError("No trial came to anything; the table says why.")
        self.stdout.write(f"The best settings are in {out / sweeping.BEST}.")
        if options["bundle"]:
            which = f"--sweep {sweeping.sweep_id(out)} --metric {metric}"
            self.stdout.write(f"Its bundle is taken by: manage.py registry adopt {which}")

    def _say(self, share: float, words: str) -> None:
        self.stdout.write(f"{share:4.0%}  {words}")
        self.stdout.flush()
