"""``manage.py train``: labelled pictures in, a finished bundle out."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.errors import AivhError
from classifier.management.training import add_config, config_from, imported
from classifier.registry.runs import is_sent
from classifier.serving import registry, wandb_settings


class Command(BaseCommand):
    """Torch is imported when it is needed: the other commands do without."""

    help = "Train a detector on a CSV manifest or a folder with one folder for each class."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV_OR_FOLDER")
        parser.add_argument("--out", type=Path, required=True, help="checkpoint, record, bundle")
        parser.add_argument("--name", default="bundle", help="name of the bundle inside --out")
        parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
        parser.add_argument(
            "--left-out",
            type=Path,
            metavar="FOLDER",
            help="where `leave_out --retrain` trained its folds: calibrate on what they said of "
            "pictures whose origin or generator they had not seen",
        )
        add_config(parser)

    def handle(
        self,
        *,
        manifest: Path,
        out: Path,
        name: str,
        resume: bool,
        left_out: Path | None,
        **options: Any,
    ) -> None:
        pipeline = imported("classifier.training.pipeline")
        wandb = wandb_settings()
        try:
            bundle = pipeline.train(
                manifest,
                out,
                config_from(options),
                name=name,
                resume=resume,
                progress=self._say,
                wandb=wandb,
                left_out=left_out,
            )
        except (AivhError, FileExistsError, FloatingPointError) as error:
            raise CommandError(str(error)) from error
        if wandb is not None and not is_sent(out / "record"):
            registry().put(bundle.path, run=out / "record")
            self.stdout.write("Weights & Biases could not be told; that is done when it is back.")
        self.stdout.write(f"The bundle is at {bundle.path}.")

    def _say(self, share: float, words: str) -> None:
        self.stdout.write(f"{share:4.0%}  {words}")
        self.stdout.flush()
