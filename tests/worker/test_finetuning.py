"""Fine-tuning by the worker, from the request to the version that comes of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier.detector.bundle import Bundle, read_bundle
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import promote_version, register_version
from classifier.serving import registry
from classifier.vocabulary import Label as LabelValue
from labelling.models import Embedding, Image, Label, Review, User
from tests.classifier.toy import SIDE, toy_bytes
from tests.classifier.training import tiny
from tests.worker.conftest import People, make_image
from worker.models import Kind, TrainingRun
from worker.services import finetuning
from worker.services.finetuning import checkpoints, root_of
from worker.services.retraining import request_retraining, run_retraining

State = TrainingRun.State


@pytest.fixture(scope="module")
def trunk(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny.train_tiny_bundle(tmp_path_factory.mktemp("trunk"))


@pytest.fixture
def live(db: None, trunk: Bundle, settings: LazySettings, tmp_path: Path) -> ModelVersion:
    """Version 1 of the tiny network, in production, on a site that promotes at once."""
    settings.SHADOW_PICTURES = 0
    settings.DATA_DIR = tmp_path / "data"
    return promote_version(version=register_version(bundle=trunk.path))


Settle = Callable[..., list[Image]]


@pytest.fixture
def settle_toys(live: ModelVersion, people: People) -> Settle:
    """``settle_toys(range(30))``: toy pictures of both classes, settled by many people."""
    reviewers = [User.objects.create(username=f"reviewer-{number}") for number in range(6)]

    def settle(seeds: range, *, gold: bool = False) -> list[Image]:
        images = []
        for seed in seeds:
            for value in LabelValue:
                image = make_image(toy_bytes(value, 5000 + seed))
                Image.objects.filter(pk=image.pk).update(width=SIDE, height=SIDE)
                person = reviewers[seed % len(reviewers)]
                Review.objects.create(image=image, reviewer=person, answer=value.value)
                Label.objects.create(
                    image=image, value=value.value, gold=gold, settled_at=timezone.now()
                )
                images.append(image)
        return images

    return settle


def finetuned(people: People) -> TrainingRun:
    run = request_retraining(by=people.admin, kind=Kind.FINE_TUNE, dispatch=False)
    assert (run.state, run.kind) == (State.QUEUED, Kind.FINE_TUNE)
    run_retraining(run.pk)
    run.refresh_from_db()
    return run


def test_the_network_learns_on_and_becomes_a_version(
    settle_toys: Settle, people: People, live: ModelVersion, tmp_path: Path
) -> None:
    settle_toys(range(45))
    settle_toys(range(100, 130), gold=True)

    run = finetuned(people)

    assert run.state in (State.PROMOTED, State.REJECTED), run.outcome
    version = run.version
    assert version is not None
    assert (version.number, version.parent) == (2, live)
    assert version.backbone_digest != live.backbone_digest
    bundle = read_bundle(registry().get(version.reference))
    assert bundle.lineage["kind"] == "fine-tune"
    assert run.snapshot is not None
    assert bundle.lineage["snapshot"] == run.snapshot.digest
    assert bundle.lineage["trunk"] == live.digest
    assert {row["name"] for row in run.gate} >= {"AUROC", "size", "time for a look"}
    assert list((tmp_path / "data" / "fine-tuning").glob("*")) == []
    assert root_of(version) == registry().get(live.reference)


def test_without_torch_it_fails_in_words_before_anything_else(
    settle_toys: Settle, people: People, live: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_toys(range(12))
    monkeypatch.setattr(finetuning, "find_spec", lambda name: None)

    run = finetuned(people)

    assert run.state == State.FAILED
    assert run.outcome.startswith("failed: Fine-tuning needs torch, which is not installed")
    assert "pip install" in run.outcome
    assert run.snapshot is None
    assert not Embedding.objects.exists()
    assert production_version() == live


def test_too_few_pictures_fail_in_words_and_nothing_changes(
    settle_toys: Settle, people: People, live: ModelVersion
) -> None:
    settle_toys(range(12))

    run = finetuned(people)

    assert run.state == State.FAILED
    assert "needs 30 settled pictures of each class to learn from; there are" in run.outcome
    assert run.outcome.endswith("Version 1 answers as before.")
    assert ModelVersion.objects.get() == live


def test_a_picture_that_is_lost_is_left_out(settle_toys: Settle, people: People) -> None:
    images = settle_toys(range(45))
    settle_toys(range(100, 130), gold=True)
    default_storage.delete(images[0].original)

    run = finetuned(people)

    assert run.version is not None, run.outcome
    lineage = read_bundle(registry().get(run.version.reference)).lineage
    assert 0 < lineage["new_labels"] < len(images)


def test_checkpoints_survive_a_failure_and_no_other_run(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    place = tmp_path / "fine-tuning" / "first"
    place.mkdir(parents=True)
    with pytest.raises(RuntimeError), checkpoints("first"):
        raise RuntimeError
    assert place.is_dir()
    with checkpoints("first") as again:
        assert again == place
        assert again.is_dir()
    assert not place.exists()

    place.mkdir()
    with checkpoints("second"):
        assert not place.exists()
