"""``python -m tests.benchmarks.inference [key=value …] [--config FILE] [--bundle FOLDER]``."""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from classifier.detector.decision import Head
from classifier.detector.embedder import Embedding
from classifier.training.compression import check_compression, typical_crops
from classifier.training.config import TrainingConfig
from classifier.training.config_file import read_config
from classifier.training.manifest import Entry, learnable_entries
from classifier.training.tiers import CLEAN, HARD
from tests.benchmarks.inference.accuracy import (
    Sample,
    head_of,
    largest_difference,
    right,
    sample,
)
from tests.benchmarks.inference.fresh import random_pixels
from tests.benchmarks.inference.speed import fresh, speeds
from tests.benchmarks.inference.variants import EAGER, Missing, Variant, variants
from tests.requirements import LAB_DATA, ROOT

WHOLE = "ONNX fp32"
# A third of the recipe's: their tokens are still more than pruning looks at.
TYPICAL = 160
COST = ("way", "ms per crop (least)", f"× {WHOLE}", "file, MB", "resident, MB")
RIGHT = (
    "way",
    "largest difference in probability",
    "AUROC clean / hard",
    "balanced accuracy",
    "AUROC, own head",
    "balanced accuracy, own head",
)


def main(arguments: argparse.Namespace) -> None:
    config = read_config(arguments.config, arguments.changes)
    check_compression(config)
    entries = learnable_entries(LAB_DATA / "manifest.csv") if LAB_DATA.is_dir() else []
    print(f"{config.network}, {datetime.now(UTC):%Y-%m-%d}, one thread, {_processor()}\n")
    with tempfile.TemporaryDirectory(prefix="aivh-inference-") as folder:
        ways, missing = _made(config, arguments, entries, Path(folder))
        print(_table(COST, _cost_rows(ways, config.preprocessing.crop)), flush=True)
        for name, why in missing:
            print(f"\nNot measured: {name}: {why}.")
        if entries:
            print("\n" + _table(RIGHT, _right_rows(ways, entries, arguments.pictures, config)))
        else:
            print(f"\nWhat is right was not measured: {LAB_DATA} is not on this machine.")
    print("\n" + _bundle_sentence(arguments.bundle))


def _made(
    config: TrainingConfig, arguments: argparse.Namespace, entries: Sequence[Entry], folder: Path
) -> tuple[list[Variant], list[tuple[str, str]]]:
    """Make every way and run it once; what cannot run is told apart, with the reason."""
    crop = config.preprocessing.crop
    asked = (str(arguments.config), *arguments.changes)
    prunes = config.compression.neurons < 1
    typical = random_pixels(TYPICAL if prunes else 1, crop, crop, 3)
    if entries and prunes:
        typical = typical_crops(entries, config)[:TYPICAL]
    ways: list[Variant] = []
    missing: list[tuple[str, str]] = []
    for way in variants(config, asked, typical, folder):
        if isinstance(way, Missing):
            missing.append((way.name, way.why))
            continue
        try:
            way.embed(random_pixels(1, crop, crop, 3))
        except Exception as error:  # compilers fail in many ways, and each is worth a line
            missing.append((way.name, str(error).strip().splitlines()[0]))
        else:
            ways.append(way)
        print(f"{way.name} is ready", file=sys.stderr, flush=True)
    return ways, missing


def _cost_rows(ways: Sequence[Variant], crop: int) -> Iterable[Sequence[str]]:
    took = speeds(ways, crop, against=WHOLE)
    for way in ways:
        speed, size = took[way.name], way.file.stat().st_size / 1e6 if way.file else None
        yield (
            way.name,
            f"{speed.median:.1f} ({speed.least:.1f})",
            f"{speed.ratio:.2f}",
            "–" if size is None else f"{size:.1f}",
            f"{fresh(way.fresh)['mb']:.0f}",
        )


def _right_rows(
    ways: Sequence[Variant], entries: Sequence[Entry], count: int, config: TrainingConfig
) -> Iterable[Sequence[str]]:
    learn, seen = (
        sample(entries, split, count, config.preprocessing.crop) for split in ("val", "test")
    )
    eager = next(way for way in ways if way.name == EAGER)
    reference = seen.embedded(eager.embed)
    head = head_of(learn.embedded(eager.embed), learn.labels)
    for way in ways:
        found = reference if way is eager else seen.embedded(way.embed)
        own = head if way is eager else head_of(learn.embedded(way.embed), learn.labels)
        print(f"{way.name} is measured", file=sys.stderr, flush=True)
        yield (
            way.name,
            f"{largest_difference(head, reference, found):.1e}",
            *(cell for which in (head, own) for cell in _both_tiers(which, found, seen)),
        )


def _both_tiers(head: Head, found: Embedding, seen: Sample) -> tuple[str, str]:
    clean, hard = (right(head, found, seen, tier) for tier in (CLEAN, HARD))
    return (
        f"{clean.auroc:.3f} / {hard.auroc:.3f}",
        f"{clean.balanced_accuracy:.3f} / {hard.balanced_accuracy:.3f}",
    )


def _bundle_sentence(path: Path) -> str:
    bundle, took = read_bundle(path), fresh(("bundle", str(path)))
    size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
    return (
        f"The bundle {bundle.name}: {size:.1f} MB on disk; {took['ms']:.1f} ms of one core per "
        f"picture after decoding (least {took['least_ms']:.1f}), "
        f"{bundle.preprocessing.max_crops} crops; {took['mb']:.0f} MB resident after ten "
        f"pictures; loaded in {took['load_s']:.2f} s of one core."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _processor() -> str:
    """Say which processor this is and whether it multiplies bytes in one step (VNNI)."""
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    said = {name.strip(): what.strip() for name, _, what in (line.partition(":") for line in told)}
    vnni = [flag for flag in said.get("flags", "").split() if "vnni" in flag]
    return f"{said.get('model name', 'processor unknown')}, {' '.join(vnni) or 'no VNNI'}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.inference")
    parser.add_argument("changes", nargs="*", metavar="key=value", help="changes of the config")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "shipped.yaml")
    parser.add_argument("--bundle", type=Path, default=shipped_bundle_path())
    parser.add_argument("--pictures", type=int, default=300, help="to learn from, and to measure")
    main(parser.parse_args())
