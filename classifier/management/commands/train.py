"""``manage.py train``: labelled pictures in, a finished bundle out."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.errors import AivhError

OPTIONS = ("epochs", "batch", "crop", "learning_rate", "seed", "threads")


class Command(BaseCommand):
    """Torch is imported when it is needed: the other commands do without."""

    help = "Train a detector on a CSV manifest or a folder with one folder for each class."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV_OR_FOLDER")
        parser.add_argument("--out", type=Path, required=True, help="checkpoint and bundle")
        parser.add_argument("--name", default="bundle", help="name of the bundle inside --out")
        parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
        parser.add_argument("--epochs", type=int, help="0 learns only the head")
        parser.add_argument("--batch", type=int)
        parser.add_argument("--crop", type=int, help="pixels of a training crop's side")
        parser.add_argument("--learning-rate", type=float)
        parser.add_argument("--seed", type=int)
        parser.add_argument("--threads", type=int)

    def handle(self, *, manifest: Path, out: Path, name: str, resume: bool, **options: Any) -> None:
        try:
            from classifier.training.config import TrainingConfig
            from classifier.training.pipeline import train
        except ModuleNotFoundError as error:
            raise CommandError(
                f"Training needs the extra 'training' ({error.name} is missing): "
                "pip install -e '.[training]'"
            ) from error
        given = {key: options[key] for key in OPTIONS if options[key] is not None}
        try:
            bundle = train(
                manifest,
                out,
                replace(TrainingConfig(), **given),
                name=name,
                resume=resume,
                progress=self._say,
            )
        except (AivhError, FileExistsError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The bundle is at {bundle.path}.")

    def _say(self, share: float, words: str) -> None:
        self.stdout.write(f"{share:4.0%}  {words}")
        self.stdout.flush()
