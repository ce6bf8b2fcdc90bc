"""The life of a version."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from classifier.announcements import version_promoted
from classifier.detector.decision import Calibration, Head, Judge
from classifier.errors import NoModel, WrongState
from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version
from classifier.services import (
    promote_version,
    put_in_shadow,
    register_version,
    reject_version,
)
from classifier.serving import (
    DetectorCache,
    detector_of,
    registry,
    scorer_of,
    serving_detector,
)
from tests.worker.small import JUDGE, small_bundle

pytestmark = pytest.mark.django_db
State = ModelVersion.State
Move = Callable[..., ModelVersion]


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


def life(version: ModelVersion) -> list[tuple[str, str, str, str]]:
    rows = version.changes.order_by("pk")
    return list(rows.values_list("before", "after", "by", "reason"))


def test_every_step_is_written_down_with_who_and_why(tmp_path: Path) -> None:
    first, second = register(tmp_path / "one"), register(tmp_path / "two", 0.1)
    promote_version(version=first, reason="It came with the project.")
    put_in_shadow(version=second, reason="It passed the gate.")
    promote_version(version=second, by="alex", reason="Enough agreed.")
    promote_version(version=first, by="alex", reason="It accuses painters.", taking_back=True)

    assert life(first) == [
        ("", "candidate", "", "It was registered."),
        ("candidate", "production", "", "It came with the project."),
        ("production", "archived", "alex", "Version 2 answers in its place."),
        ("archived", "production", "alex", "It accuses painters."),
    ]
    assert life(second)[1:] == [
        ("candidate", "shadow", "", "It passed the gate."),
        ("shadow", "production", "alex", "Enough agreed."),
        (
            "production",
            "archived",
            "alex",
            "It was taken back; version 1 answers. It accuses painters.",
        ),
    ]
    second.refresh_from_db()
    assert second.taken_back == "It accuses painters."


def test_the_registry_says_which_bundle_is_in_shadow(
    tmp_path: Path, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    version = register(tmp_path / "one")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        put_in_shadow(version=version, reason="It passed the gate.")
    assert registry().resolve("shadow") == version.reference
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        reject_version(version=version, reason="It turned too much.")
    assert registry().resolve("shadow") is None


def test_what_happened_is_never_changed_or_deleted(tmp_path: Path) -> None:
    change = register(tmp_path / "one").changes.get()
    change.reason = "It was me."
    with pytest.raises(TypeError, match="never changed"):
        change.save()
    with pytest.raises(TypeError, match="never deleted"):
        change.delete()
    for attempt in (
        lambda: VersionChange.objects.update(reason="It was me."),
        lambda: VersionChange.objects.all().delete(),
    ):
        with pytest.raises(TypeError):
            attempt()
    assert VersionChange.objects.get().reason == "It was registered."


@pytest.mark.parametrize(
    ("before", "to"),
    [
        (State.PRODUCTION, put_in_shadow),
        (State.ARCHIVED, put_in_shadow),
        (State.SHADOW, put_in_shadow),
    ],
)
def test_moves_that_there_are_not(tmp_path: Path, before: str, to: Move) -> None:
    version = register(tmp_path / "one")
    ModelVersion.objects.update(state=before)
    with pytest.raises(WrongState, match=f"Version 1 is {before} and cannot be made shadow"):
        to(version=version, reason="I want it.")
    version.refresh_from_db()
    assert version.state == before
    assert len(life(version)) == 1


@pytest.mark.parametrize("state", [State.ARCHIVED, State.PRODUCTION])
def test_what_answers_or_once_did_is_not_rejected(tmp_path: Path, state: str) -> None:
    version = register(tmp_path / "one")
    ModelVersion.objects.update(state=state)
    assert reject_version(version=version).state == state
    assert len(life(version)) == 1


def test_promoting_what_answers_already_changes_nothing(tmp_path: Path) -> None:
    version = promote_version(version=register(tmp_path / "one"))
    since = version.promoted_at
    assert promote_version(version=version).promoted_at == since
    assert len(life(version)) == 2


def test_two_versions_in_shadow_are_refused_by_the_database_too(tmp_path: Path) -> None:
    register(tmp_path / "one")
    register(tmp_path / "two", 0.1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.update(state=State.SHADOW)


def test_a_process_holds_two_detectors_at_most(tmp_path: Path) -> None:
    """The version that answers and a challenger with a network of its own."""
    cache = DetectorCache()
    versions = [register(tmp_path / str(number), number / 10) for number in range(3)]
    first, second, _ = loaded = [cache.get(version) for version in versions]
    assert cache.get(versions[1]) is second
    assert cache.get(versions[2]) is loaded[2]
    assert cache.get(versions[0]) is not first


def test_scores_without_the_network_are_the_detectors_own(tmp_path: Path) -> None:
    version = register(tmp_path / "one", 0.3)
    embedding = np.array([0.8, 0.4, 0.2], np.float32)
    assert scorer_of(version).score(embedding) == detector_of(version).score(embedding)
