"""``manage.py evaluate``: how good a bundle is on labelled pictures."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.detector import Detector
from classifier.errors import AivhError
from classifier.training.baselines import baselines
from classifier.training.evaluate import evaluate_fully
from classifier.training.manifest import Entry, ManifestError, read_entries
from classifier.training.markdown import baseline_columns, figures_table, summary_table
from classifier.training.measured import new_bundle_card, seen_in_training, with_figures
from classifier.training.progress import part
from classifier.training.report import html_report
from classifier.training.scoring import Scorer, Scores, scores_csv
from classifier.training.tiers import ALL_TIERS, TIERS


class Command(BaseCommand):
    help = "Measure a bundle on a CSV manifest or a folder with one folder for each class."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, metavar="CSV_OR_FOLDER")
        parser.add_argument("--bundle", type=Path, default=shipped_bundle_path())
        parser.add_argument("--pool", help="only paths that begin with this folder")
        parser.add_argument("--split", default="test", help="or 'all'")
        parser.add_argument(
            "--tiers",
            default=",".join(TIERS),
            help=f"comma-separated, of {', '.join(ALL_TIERS)}",
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="JSON_OR_FOLDER",
            help="write the figures as JSON; into a folder the report, table and scores, too",
        )
        parser.add_argument("--html", type=Path, help="write a report that needs no other file")
        parser.add_argument("--card", type=Path, help="write the model card with these figures")
        parser.add_argument(
            "--into",
            type=Path,
            metavar="FOLDER",
            help="write a copy of the bundle that carries these figures and their card",
        )
        parser.add_argument(
            "--left-out",
            type=Path,
            metavar="JSON",
            help="what leave_out wrote, for the report, the card and --into",
        )
        parser.add_argument("--no-baselines", action="store_true")
        parser.add_argument("--threads", type=int, default=1, help="pictures at a time")

    def handle(self, *, manifest: Path, bundle: Path, tiers: str, **options: Any) -> None:
        names = tiers.split(",")
        if unknown := sorted(set(names) - set(ALL_TIERS)):
            known = ", ".join(ALL_TIERS)
            raise CommandError(f"Unknown tiers: {', '.join(unknown)}. Known: {known}.")
        try:
            left_out = _read_json(options["left_out"])
            content, scores = self._measure(manifest, bundle, names, options)
            if left_out:
                content["left_out"] = left_out
            self.stdout.write(_table(content))
            for note in content["notes"]:
                self.stdout.write(f"\nNote: {note}")
            self._write(content, scores, bundle, options)
        except (AivhError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _measure(
        self, manifest: Path, bundle: Path, tiers: list[str], options: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Scores]:
        every = read_entries(manifest)
        entries = _chosen(every, options["pool"], options["split"])
        detector = Detector.load(bundle)
        scorers, notes = self._baselines(every, entries, options)
        evaluation, scores = evaluate_fully(
            detector,
            entries,
            tiers,
            part(self._say, 0.2 if scorers else 0.0, 1.0),
            baselines=scorers,
            threads=options["threads"],
        )
        content = {
            "name": detector.bundle.name,
            "bundle": detector.bundle.digest,
            "measured": datetime.now(UTC).date().isoformat(),
            "manifest": manifest.name,
            "split": options["split"],
            "pool": options["pool"],
            **evaluation.to_dict(),
        }
        content["notes"] += [*notes, *seen_in_training(detector.bundle, manifest, entries)]
        return content, scores

    def _baselines(
        self, every: list[Entry], entries: list[Entry], options: Mapping[str, Any]
    ) -> tuple[Mapping[str, Scorer], list[str]]:
        """Return the baselines, or why there are none: what they learned cannot measure them."""
        if options["no_baselines"]:
            return {}, []
        if any(entry.split == "train" for entry in entries):
            return {}, ["No baselines: they learn from the split 'train', which is measured here."]
        pools = {entry.pool for entry in entries}
        same = [entry for entry in every if entry.pool in pools and entry.split == "train"]
        learning = same or [entry for entry in every if entry.split == "train"]
        try:
            learned = baselines(
                learning,
                Path(settings.DATA_DIR) / "evaluation",
                threads=options["threads"],
                progress=part(self._say, 0.0, 0.2),
            )
        except ManifestError as error:
            return {}, [f"No baselines: {error.message}"]
        return learned.scorers(), []

    def _write(
        self,
        content: dict[str, Any],
        scores: Scores,
        bundle: Path,
        options: Mapping[str, Any],
    ) -> None:
        files: dict[Path, str] = {}
        output: Path | None = options["output"]
        if output and output.suffix == ".json":
            files[output] = _json(content)
        elif output:
            files[output / "evaluation.json"] = _json(content)
            files[output / "report.html"] = html_report(content)
            files[output / "table.md"] = _table(content) + "\n"
            files[output / "scores.csv"] = scores_csv(scores)
        if options["html"]:
            files[options["html"]] = html_report(content)
        if options["card"]:
            files[options["card"]] = new_bundle_card(bundle, content)
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stderr.write(f"wrote {path}")
        if options["into"]:
            made = with_figures(bundle, options["into"], content)
            self.stderr.write(f"wrote the bundle {made.path}")

    def _say(self, share: float, words: str) -> None:
        self.stderr.write(f"{share:4.0%}  {words}")


def _table(content: Mapping[str, Any]) -> str:
    text = figures_table(content["tiers"])
    if beside := baseline_columns(content["baselines"]):
        text += "\n\nWithout a detector:\n\n" + summary_table(beside)
    return text


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _read_json(path: Path | None) -> Mapping[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path else None


def _chosen(entries: list[Entry], pool: str | None, split: str) -> list[Entry]:
    """Return the entries of one pool and split. Raises ManifestError where none is left."""
    chosen = [
        entry for entry in entries if pool in (None, entry.pool) and split in ("all", entry.split)
    ]
    if not chosen:
        raise ManifestError("No picture of the manifest is in that pool and split.")
    return chosen
