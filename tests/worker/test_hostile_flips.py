"""A hundred wrong labels of one account: they are sorted out, or the version that learned them is
refused. Either way the pictures that measure are judged as well as before."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import read_bundle
from classifier.detector.polarity import ai_targets
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.serving import registry, serving_detector
from classifier.vocabulary import Label
from labelling.models import Image, User
from labelling.permissions import REVIEWERS
from labelling.services.review import record_review
from tests.people import make_person
from tests.worker.conftest import make_image, settle_pictures
from tests.worker.small import colour, picture, small_bundle
from worker.models import TrainingRun
from worker.services.retraining import request_retraining, run_retraining

FLIPS = 100
ONE_POINT = 0.01
BLUR = 0.13  # so many pictures lie on the wrong side that gold is no walk-over
OTHER = {Label.AI: Label.HUMAN, Label.HUMAN: Label.AI}


@pytest.fixture
def version(db: None, tmp_path: Path) -> ModelVersion:
    """The small detector in a world where the classes overlap."""
    bundle = small_bundle(tmp_path / "bundles" / "small-1", of_each=400, blur=BLUR)
    return promote_version(version=register_version(bundle=bundle.path))


@pytest.fixture
def gold(version: ModelVersion, db: None) -> list[Image]:
    """Forty pictures of each class that two people had agreed on before."""
    ruth = make_person("ruth", REVIEWERS)
    ruth.is_active = False  # she has left, and is nobody's second reviewer
    ruth.save()
    return [
        image
        for label in Label
        for image in settle_pictures(label, range(5000, 5040), by=ruth, gold=True)
    ]


def settle(person: User, seeds: range, *, flipped: bool = False, only: Label | None = None) -> None:
    """Let a person answer on one picture of each class for each seed, rightly or the wrong way."""
    for seed in seeds:
        for label in [only] if only else Label:
            image = make_image(picture(label, seed))
            answer = OTHER[label] if flipped else label
            record_review(image_id=image.pk, reviewer=person, answer=answer)


def retrain() -> TrainingRun:
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)
    run.refresh_from_db()
    return run


def accuracy(path: Path) -> float:
    """How many of 2,000 pictures that nobody labelled a bundle puts on the right side, 0 to 1."""
    drawn = [(label, seed) for seed in range(1000) for label in Label]
    embeddings = np.array([colour(label, 90_000 + seed, blur=BLUR) for label, seed in drawn])
    said = read_bundle(path).judge().judge(embeddings).probabilities >= 0.5
    return float((said == ai_targets(label for label, _ in drawn)).mean())


def moved_by(run: TrainingRun, before: float) -> float:
    """By how much what goes on towards people is worse than what answered before."""
    if run.version is None or run.version.state == ModelVersion.State.REJECTED:
        _, detector = serving_detector()
        return before - accuracy(detector.bundle.path)
    return before - accuracy(registry().get(run.version.reference))


def left_out(run: TrainingRun) -> dict[str, int]:
    """How many labels of each person were left out."""
    assert run.snapshot is not None
    items = run.snapshot.items.filter(use="left_out")
    return Counter(items.values_list("image__reviews__reviewer__username", flat=True))


@pytest.fixture
def before(version: ModelVersion) -> float:
    return accuracy(registry().get(version.reference))


@pytest.mark.parametrize("honest", [1, 3])
def test_a_hundred_flips_beside_honest_labels_are_sorted_out(
    gold: Sequence[Image], before: float, honest: int
) -> None:
    """Honest people answer on forty pictures each, and somebody turns a hundred around."""
    for number in range(honest):
        settle(make_person(f"honest {number}", REVIEWERS), range(300 * number, 300 * number + 20))
    settle(make_person("mallory", REVIEWERS), range(2000, 2000 + FLIPS // 2), flipped=True)

    run = retrain()

    assert left_out(run) == {"mallory": FLIPS}
    assert moved_by(run, before) <= ONE_POINT, (run.state, run.outcome)


def test_a_hundred_flips_of_one_kind_are_refused_or_sorted_out(
    gold: Sequence[Image], before: float
) -> None:
    """All of them call machine-made pictures human, beside one person's forty honest labels."""
    settle(make_person("honest", REVIEWERS), range(20))
    settle(make_person("mallory", REVIEWERS), range(2000, 2100), flipped=True, only=Label.AI)

    assert moved_by(retrain(), before) <= ONE_POINT


def test_a_hundred_flips_on_a_site_of_one_person_teach_nothing(
    gold: Sequence[Image], before: float
) -> None:
    settle(make_person("mallory", REVIEWERS), range(2000, 2000 + FLIPS // 2), flipped=True)

    run = retrain()

    assert (run.state, run.outcome) == (
        TrainingRun.State.SKIPPED,
        "skipped: all 100 labels are left out of the training; the snapshot says why of each",
    )
    assert moved_by(run, before) == 0.0


def test_one_sided_flips_on_a_site_of_one_person_are_refused(
    gold: Sequence[Image], before: float
) -> None:
    """With labels of one class alone nothing contradicts another, so the gate has to hold."""
    settle(make_person("mallory", REVIEWERS), range(2000, 2100), flipped=True, only=Label.AI)

    run = retrain()

    assert left_out(run) == {}
    assert moved_by(run, before) <= ONE_POINT, (run.state, run.outcome)
