"""``manage.py dataset``: look at labelled pictures before anything is learned from them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from classifier.errors import AivhError
from classifier.training.augmentation import Degradation
from classifier.training.data.care import Care, OnBias
from classifier.training.data.kaggle import SEED, download, read_download
from classifier.training.data.prepare import Dataset, prepare, whole_embedder
from classifier.training.data.report import save_report, to_markdown
from classifier.training.data.summary import Crops
from classifier.training.data.tables import write_csv
from classifier.training.manifest import learnable_entries
from classifier.vocabulary import Label

DEFAULT_CROP = 160


class Command(BaseCommand):
    """Two subcommands: ``report`` and ``fetch-kaggle``."""

    help = "Report on labelled pictures: bias, copies, splits. Or fetch a data set from Kaggle."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        _add_report(steps.add_parser("report", help="what the data give away, and what is twice"))
        _add_fetch(steps.add_parser("fetch-kaggle", help="download a data set, once"))

    def handle(self, *, step: str, **options: Any) -> None:
        try:
            if step == "report":
                self._report(**options)
            else:
                self._fetch(options["handle"], force=options["again"])
        except (AivhError, OSError) as error:
            raise CommandError(str(error)) from error

    def _report(self, *, manifest: Path, output: Path | None, **options: Any) -> None:
        bundle = read_bundle(options["bundle"])
        dataset = prepare(
            learnable_entries(manifest),
            care=Care(
                on_bias=options["on_bias"],
                strict=options["strict"],
                cropped_twins=options["cropped_twins"],
            ),
            crops=Crops(training=options["crop"], serving=bundle.preprocessing.crop),
            how=Degradation(),
            embed=whole_embedder(bundle, threads=options["threads"]),
            threads=options["threads"],
            progress=self._say,
        )
        self.stdout.write(to_markdown(dataset))
        self._keep(dataset, output, options["write_manifest"])

    def _keep(self, dataset: Dataset, output: Path | None, manifest: Path | None) -> None:
        if output:
            output.mkdir(parents=True, exist_ok=True)
            save_report(dataset, output)
            self.stderr.write(f"The report is in {output}.")
        if manifest:
            write_csv(manifest, dataset.entries)
            self.stderr.write(f"The manifest, with its splits, is {manifest}.")

    def _fetch(self, handle: str, *, force: bool) -> None:
        folder = download(handle, force=force)
        entries = read_download(folder)
        counts = ", ".join(f"{sum(e.label is label for e in entries)} {label}" for label in Label)
        self.stdout.write(f"{folder} holds {len(entries)} pictures ({counts}).")
        self.stdout.write(f"Use them with --manifest kaggle:{handle}")

    def _say(self, share: float, words: str) -> None:
        self.stderr.write(f"{share:4.0%}  {words}")


def _add_report(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--manifest", type=Path, required=True, metavar="CSV_JSONL_FOLDER_OR_KAGGLE"
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write JSON and Markdown")
    parser.add_argument("--write-manifest", type=Path, metavar="CSV", help="write what is left")
    parser.add_argument("--on-bias", choices=get_args(OnBias), default="normalise")
    parser.add_argument("--strict", action="store_true", help="stop at a broken picture")
    parser.add_argument("--crop", type=int, default=DEFAULT_CROP, help="side of a training crop")
    parser.add_argument("--bundle", type=Path, default=shipped_bundle_path())
    parser.add_argument("--no-cropped-twins", dest="cropped_twins", action="store_false")
    parser.add_argument("--threads", type=int, default=2)


def _add_fetch(parser: ArgumentParser) -> None:
    parser.add_argument("handle", nargs="?", default=SEED, metavar="OWNER/NAME")
    parser.add_argument("--again", action="store_true", help="even if it is there already")
