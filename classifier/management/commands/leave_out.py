"""``manage.py leave_out``: how a detector does on origins and generators it did not learn from."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from classifier.errors import AivhError
from classifier.training.leave_out import MEASURED, leave_out, measured_when_made, needed_tiers
from classifier.training.left_out_words import left_out_text
from classifier.training.manifest import learnable_entries
from classifier.training.progress import part
from classifier.training.stored import stored_embeddings
from classifier.training.tiers import TIERS


class Command(BaseCommand):
    help = (
        "Leave each human origin and each generator out of learning in turn and measure on it. "
        "Without --retrain only the head is learned anew (minutes); with it whole networks are."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV")
        parser.add_argument("--bundle", type=Path, default=shipped_bundle_path())
        parser.add_argument("--tiers", default=",".join(MEASURED), help="comma-separated")
        parser.add_argument("--output", type=Path, metavar="JSON", help="write the figures, too")
        parser.add_argument("--threads", type=int, default=1, help="pictures at a time")
        parser.add_argument(
            "--retrain",
            type=Path,
            metavar="FOLDER",
            help="train a network for each fold there; goes on where it was interrupted",
        )
        parser.add_argument(
            "--folds", type=int, default=5, help="how many networks, with --retrain"
        )
        parser.add_argument("--config", type=Path, help="YAML of the training, with --retrain")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            dest="changes",
            help="change one setting of the training, with --retrain",
        )

    def handle(self, *, manifest: Path, tiers: str, output: Path | None, **options: Any) -> None:
        names = tiers.split(",")
        if unknown := sorted(set(names) - set(TIERS)):
            raise CommandError(f"Unknown tiers: {', '.join(unknown)}. Known: {', '.join(TIERS)}.")
        try:
            if options["retrain"]:
                found = self._retrained(manifest, names, options)
            else:
                found = self._head_only(manifest, names, options)
        except (AivhError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(left_out_text(found))
        if output:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    def _head_only(
        self, manifest: Path, tiers: list[str], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        bundle = read_bundle(options["bundle"])
        if "left_out" in bundle.metrics:
            return measured_when_made(bundle, manifest, tiers)
        entries = learnable_entries(manifest)
        stored = stored_embeddings(
            bundle,
            entries,
            needed_tiers(entries, tiers),
            Path(settings.DATA_DIR) / "evaluation",
            threads=options["threads"],
            progress=part(self._say, 0.0, 0.8),
        )
        return leave_out(stored, part(self._say, 0.8, 1.0), tiers=tiers)

    def _retrained(
        self, manifest: Path, tiers: list[str], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        try:
            from classifier.training.config_file import read_config
            from classifier.training.retrain import leave_out_by_retraining
        except ModuleNotFoundError as error:
            raise CommandError(
                f"Training needs the extra 'training' ({error.name} is missing): "
                "pip install -e '.[training]'"
            ) from error
        return leave_out_by_retraining(
            manifest,
            options["retrain"],
            read_config(options["config"], options["changes"]),
            folds=options["folds"],
            progress=self._say,
            tiers=tiers,
        )

    def _say(self, share: float, words: str) -> None:
        self.stderr.write(f"{share:4.0%}  {words}")
