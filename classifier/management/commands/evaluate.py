"""``manage.py evaluate``: how good a bundle is on labelled pictures."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.detector import Detector
from classifier.errors import AivhError
from classifier.training.card import figures_table
from classifier.training.evaluate import evaluate
from classifier.training.manifest import Entry, ManifestError, read_entries
from classifier.training.tiers import TIERS


class Command(BaseCommand):
    help = "Measure a bundle on a CSV manifest or a folder with one folder for each class."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV_OR_FOLDER")
        parser.add_argument("--bundle", type=Path, default=shipped_bundle_path())
        parser.add_argument("--pool", help="only paths that begin with this folder")
        parser.add_argument("--split", default="test", help="or 'all'")
        parser.add_argument("--tiers", default=",".join(TIERS), help="comma-separated")
        parser.add_argument("--output", type=Path, help="write the figures as JSON, too")
        parser.add_argument("--threads", type=int, default=1)

    def handle(
        self, *, manifest: Path, bundle: Path, tiers: str, output: Path | None, **options: Any
    ) -> None:
        names = tiers.split(",")
        if unknown := sorted(set(names) - set(TIERS)):
            raise CommandError(f"Unknown tiers: {', '.join(unknown)}. Known: {', '.join(TIERS)}.")
        try:
            entries = _chosen(read_entries(manifest), options["pool"], options["split"])
            detector = Detector.load(bundle, threads=options["threads"])
            measured = evaluate(detector, entries, names, self._say)
        except (AivhError, OSError) as error:
            raise CommandError(str(error)) from error
        figures = {tier: metrics.to_dict() for tier, metrics in measured.items()}
        self.stdout.write(figures_table(figures))
        if output:
            content = {"bundle": detector.bundle.digest, "tiers": figures}
            output.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _say(self, share: float, words: str) -> None:
        self.stderr.write(f"{share:4.0%}  {words}")


def _chosen(entries: list[Entry], pool: str | None, split: str) -> list[Entry]:
    """Return the entries of one pool and split. Raises ManifestError where none is left."""
    chosen = [
        entry for entry in entries if pool in (None, entry.pool) and split in ("all", entry.split)
    ]
    if not chosen:
        raise ManifestError("No picture of the manifest is in that pool and split.")
    return chosen
