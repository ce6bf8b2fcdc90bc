"""Figures of an evaluation, carried by a bundle and its model card."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.detector.bundle import (
    MANIFEST,
    REPLAY,
    Bundle,
    read_bundle,
    sha256_of,
    write_bundle,
)
from classifier.training.card import model_card, with_evaluation
from classifier.training.manifest import Entry

Content = Mapping[str, Any]


def new_bundle_card(bundle: Path, evaluation: Content) -> str:
    """Return the bundle's model card as it reads with these figures."""
    manifest = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    return model_card({**manifest, "metrics": with_evaluation(manifest["metrics"], evaluation)})


def with_figures(bundle: Path, out: Path, evaluation: Content) -> Bundle:
    """Write a copy of a bundle whose bundle.json and card carry these figures.

    The files are the same but for those two, so the copy has a digest of its own. Raises
    FileExistsError, BundleCorrupt, BundleIncompatible.
    """
    known = read_bundle(bundle)
    return write_bundle(
        out,
        backbone=known.backbone,
        judge=known.judge(),
        preprocessing=known.preprocessing,
        replay=known.path / REPLAY,
        metrics=with_evaluation(known.metrics, evaluation),
        lineage=known.lineage,
        card=model_card,
    )


def seen_in_training(bundle: Bundle, manifest: Path, entries: Sequence[Entry]) -> list[str]:
    """Warn in a sentence where a bundle is measured on what it learned from, else nothing."""
    lineage = bundle.lineage.get("network_lineage", bundle.lineage)
    known = lineage.get("manifest_sha256")
    if not known or not manifest.is_file() or sha256_of(manifest) != known:
        return []
    learned = {split for split in ("train", "val") if any(e.split == split for e in entries)}
    if not learned:
        return []
    splits = " and ".join(sorted(learned))
    return [f"This bundle learned from the split {splits} of this manifest: that flatters it."]
