"""``manage.py reconstruct``: fakes that differ from human pictures in nothing but their traces."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.errors import AivhError
from classifier.management.training import imported


class Command(BaseCommand):
    """Only human pictures of the split ``train`` are passed through."""

    help = "Pass human training pictures through an autoencoder, to learn from as AI pictures."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV_OR_FOLDER")
        parser.add_argument("--autoencoder", type=Path, required=True, metavar="SAFETENSORS")
        parser.add_argument("--out", type=Path, required=True, help="PNG files and manifest.csv")
        parser.add_argument("--tile", type=int, default=320, help="pixels of a piece's side")
        parser.add_argument("--threads", type=int, default=2)
        parser.add_argument("--bfloat16", action="store_true", help="faster, a little coarser")

    def handle(self, *, manifest: Path, autoencoder: Path, out: Path, **options: Any) -> None:
        reconstruct = imported("classifier.training.reconstruct")
        entries = imported("classifier.training.manifest")
        try:
            table = reconstruct.make_reconstructions(
                entries.learnable_entries(manifest),
                autoencoder,
                out,
                tile=options["tile"],
                threads=options["threads"],
                bfloat16=options["bfloat16"],
                progress=self._say,
            )
        except AivhError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The reconstructions are listed in {table}.")

    def _say(self, share: float, words: str) -> None:
        self.stdout.write(f"{share:4.0%}  {words}")
        self.stdout.flush()
