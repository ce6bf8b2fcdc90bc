"""The life of a version."""

from pathlib import Path

import pytest

from classifier.announcements import version_promoted
from classifier.detector.decision import Calibration, Head, Judge
from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import promote_version, register_version, reject_version
from classifier.serving import registry, serving_detector
from tests.worker.small import JUDGE, small_bundle

pytestmark = pytest.mark.django_db
State = ModelVersion.State


def register(folder: Path, bias: float = 0.0) -> ModelVersion:
    judge = Judge(Head(JUDGE.head.weight, bias), Calibration(1, 0), JUDGE.thresholds)
    return register_version(bundle=small_bundle(folder, judge=judge).path)


def test_a_bundle_becomes_a_candidate_with_the_next_number(tmp_path: Path) -> None:
    first, second = register(tmp_path / "one"), register(tmp_path / "two", 0.1)

    assert (first.number, second.number) == (1, 2)
    assert first.state == second.state == State.CANDIDATE
    assert first.thresholds == {"human": 0.3, "ai": 0.7}
    assert registry().resolve("candidate") == second.reference
    assert production_version() is None


def test_the_same_bundle_twice_is_the_same_version(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path / "one").path
    assert register_version(bundle=bundle) == register_version(bundle=bundle)
    assert ModelVersion.objects.count() == 1


def test_promotion_archives_the_one_before_and_announces(
    tmp_path: Path, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    heard: list[int] = []

    def listen(version_id: int, **_: object) -> None:
        heard.append(version_id)

    version_promoted.connect(listen)
    first, second = register(tmp_path / "one"), register(tmp_path / "two", 0.1)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        promote_version(version=first)
        promote_version(version=second)
        assert heard == []
    version_promoted.disconnect(listen)

    first.refresh_from_db()
    assert (first.state, second.state) == (State.ARCHIVED, State.PRODUCTION)
    assert production_version() == second
    assert heard == [first.pk, second.pk]
    assert registry().resolve("production") == second.reference


def test_a_rejected_candidate_stays_in_the_registry(tmp_path: Path) -> None:
    version = register(tmp_path / "one")
    reject_version(version=version)
    version.refresh_from_db()
    assert version.state == State.REJECTED
    assert registry().get(version.reference).is_dir()


def test_the_live_version_cannot_be_rejected(tmp_path: Path) -> None:
    version = promote_version(version=register(tmp_path / "one"))
    reject_version(version=version)
    assert production_version() == version


def test_serving_follows_the_promotion_in_a_running_process(tmp_path: Path) -> None:
    first, second = register(tmp_path / "one"), register(tmp_path / "two", 0.1)
    promote_version(version=first)
    assert serving_detector()[1].bundle.digest == first.digest
    promote_version(version=second)
    assert serving_detector()[1].bundle.digest == second.digest


def test_without_a_version_or_its_bundle_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="Model not loaded"):
        serving_detector()
    version = promote_version(version=register(tmp_path / "one"))
    version.digest = version.reference = "0" * 64
    version.save()
    with pytest.raises(NoModel, match="Model not loaded"):
        serving_detector()
