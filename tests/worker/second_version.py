"""A program of its own: ``python -m tests.worker.second_version FOLDER`` promotes a version 2.

It is the version that answers with another bias, on the database that the environment names.
"""

import sys
from dataclasses import replace
from pathlib import Path

import django

django.setup()

from classifier.detector.bundle import REPLAY, read_bundle, write_bundle  # noqa: E402
from classifier.services import register_version  # noqa: E402
from classifier.serving import serving_detector  # noqa: E402
from classifier.training.card import model_card  # noqa: E402
from worker.services.live import make_live  # noqa: E402


def main(folder: Path) -> None:
    live, detector = serving_detector()
    bundle = detector.bundle
    judge = bundle.judge()
    moved = replace(judge, head=replace(judge.head, bias=judge.head.bias + 0.5))
    made = write_bundle(
        folder / "moved",
        backbone=bundle.backbone,
        judge=moved,
        preprocessing=bundle.preprocessing,
        replay=bundle.path / REPLAY,
        metrics=bundle.metrics,
        lineage=bundle.lineage,
        card=model_card,
    )
    version = register_version(bundle=read_bundle(made.path).path, parent=live)
    make_live(version=version, reason="A test promoted it.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
