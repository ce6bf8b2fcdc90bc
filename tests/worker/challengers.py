"""Challengers of the small detector, and pictures that it has judged."""

from pathlib import Path

from classifier.detector.decision import Calibration, Head, Judge
from classifier.models import ModelVersion
from classifier.services import register_version
from classifier.vocabulary import Label
from labelling.models import Image
from tests.worker.conftest import make_image
from tests.worker.small import JUDGE, picture, small_bundle
from worker.models import ShadowTrial
from worker.services.inference import classify_image
from worker.services.trial import begin_trial


def challenger(folder: Path, *, turned: bool = False, bias: float = 0.01) -> ModelVersion:
    """A candidate with the champion's network; ``turned`` says human where that says AI."""
    weight = -JUDGE.head.weight if turned else JUDGE.head.weight
    judge = Judge(Head(weight, bias), Calibration(1, 0), JUDGE.thresholds)
    return register_version(bundle=small_bundle(folder, judge=judge).path)


def stranger(folder: Path) -> ModelVersion:
    """A candidate that says what the champion says, by a network of its own."""
    version = challenger(folder, bias=0.02)
    version.backbone_digest = "b" * 64
    version.save()
    return version


def judged_pictures(label: Label, seeds: range) -> list[Image]:
    """Pictures of one class that the version in production has judged."""
    images = [make_image(picture(label, seed)) for seed in seeds]
    for image in images:
        classify_image(image_id=image.pk)
        image.refresh_from_db()
    return images


def in_shadow(version: ModelVersion, champion: ModelVersion) -> ShadowTrial:
    return begin_trial(version=version, champion=champion, reason="It passed the gate.")
