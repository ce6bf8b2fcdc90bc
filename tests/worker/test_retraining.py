"""Retraining: who may ask, when it is worth it, one at a time, and what comes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from classifier.detector.bundle import read_bundle
from classifier.detector.decision import Calibration, Head, Judge
from classifier.errors import NoModel, NotAllowed, RefitFailed
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import promote_version, register_version
from classifier.serving import registry, serving_detector
from classifier.training.refit import RefitResult
from classifier.vocabulary import Label
from labelling.errors import Conflict
from labelling.models import Embedding, Image, Prediction
from labelling.models import Label as SettledLabel
from tests.worker.conftest import People
from tests.worker.small import JUDGE, small_bundle
from worker.models import DatasetSnapshot, TrainingRun
from worker.services import promotion, retraining
from worker.services.inference import classify_image
from worker.services.new_labels import count_new_labels, new_labels
from worker.services.retraining import request_retraining, run_retraining
from worker.services.snapshots import freeze_snapshot
from worker.time_limit import TimeRanOut

Settle = Callable[..., list[Image]]
State = TrainingRun.State


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What was put on the queue."""
    messages: list[tuple[object, ...]] = []

    def send(*message: object) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(retraining, "send", send)
    return messages


@pytest.fixture
def settled(version: ModelVersion, people: People, settle: Settle) -> list[Image]:
    """Twelve pictures of each class to learn from: enough for a retraining."""
    return settle(Label.AI, range(12), by=people.reviewer) + settle(
        Label.HUMAN, range(12), by=people.reviewer
    )


def test_a_request_is_queued_and_sent_after_the_commit(
    settled: list[Image],
    people: People,
    sent: list[tuple[object, ...]],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = request_retraining(by=people.admin)
        assert sent == []

    assert (run.state, run.requested_by) == (State.QUEUED, people.admin)
    assert sent == [("retrain", run.pk)]


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_only_administrators_may_ask(
    settled: list[Image], people: People, sent: list[tuple[object, ...]], who: str
) -> None:
    with pytest.raises(NotAllowed, match="Only administrators"):
        request_retraining(by=getattr(people, who))

    assert not TrainingRun.objects.exists()
    assert sent == []


def test_too_few_new_labels_are_skipped_in_words(
    version: ModelVersion, people: People, settle: Settle, sent: list[tuple[object, ...]]
) -> None:
    settle(Label.AI, range(3), by=people.reviewer)

    run = request_retraining(by=people.admin)

    assert (run.state, run.outcome) == (State.SKIPPED, "skipped: 3 new labels, needs 20")
    assert run.finished_at is not None
    assert sent == []


def test_gold_labels_are_not_new_labels_to_learn_from(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(1), by=people.reviewer)
    settle(Label.HUMAN, range(30), by=people.reviewer, gold=True)

    run = request_retraining(by=people.admin)

    assert run.outcome == "skipped: 1 new label, needs 20"


@pytest.mark.django_db
def test_without_a_version_there_is_nothing_to_start_from(people: People) -> None:
    with pytest.raises(NoModel):
        request_retraining(by=people.admin)
    assert not TrainingRun.objects.exists()


def test_a_second_request_is_a_conflict(
    settled: list[Image], people: People, sent: list[tuple[object, ...]]
) -> None:
    first = request_retraining(by=people.admin)

    with pytest.raises(Conflict, match="under way already"):
        request_retraining(by=None)

    assert list(TrainingRun.objects.all()) == [first]


def test_a_good_refit_is_promoted(settled: list[Image], version: ModelVersion) -> None:
    run = request_retraining(by=None, dispatch=False)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.version is not None
    assert run.snapshot is not None
    assert run.state == State.PROMOTED
    assert run.outcome == (
        "promoted: version 2 answers from now on; "
        "100% → 100% right on 24 new labels, each judged before it was learned; "
        "AUROC 1.000 → 1.000 on 60 pictures that no version learned from"
    )
    assert (run.parent, run.progress, run.step) == (version, 1.0, "")
    assert {(row["set"], row["name"]) for row in run.gate} >= {
        ("gold", "false accusations"),
        ("gold", "answered rightly"),
        ("bundles", "time for a look"),
    }
    assert all(row["ok"] for row in run.gate)
    assert (run.snapshot.ai, run.snapshot.human, run.snapshot.gold) == (12, 12, 0)
    version.refresh_from_db()
    assert version.state == ModelVersion.State.ARCHIVED
    assert production_version() == run.version
    assert (run.version.number, run.version.parent) == (2, version)


def test_the_bundle_names_its_snapshot_and_answers(settled: list[Image]) -> None:
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)
    run.refresh_from_db()
    assert run.version is not None
    assert run.snapshot is not None

    bundle = read_bundle(registry().get(run.version.reference))
    live, detector = serving_detector()

    assert bundle.lineage["snapshot"] == run.snapshot.digest
    assert (bundle.lineage["run"], bundle.lineage["parent_version"]) == (run.pk, 1)
    assert registry().resolve("production") is None  # the transaction of this test never commits
    assert (live, detector.bundle.digest) == (run.version, run.version.digest)


@pytest.mark.django_db(transaction=True)
def test_the_registry_follows_the_promotion(settled: list[Image]) -> None:
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)
    run.refresh_from_db()
    assert run.version is not None
    assert registry().resolve("production") == run.version.reference


def test_pictures_without_an_embedding_are_examined_on_the_way(
    settled: list[Image], version: ModelVersion
) -> None:
    classify_image(image_id=settled[0].pk)
    run_retraining(request_retraining(by=None, dispatch=False).pk)

    assert Embedding.objects.count() == 24
    assert Prediction.objects.filter(version=version).count() == 24


@pytest.fixture
def refits(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each refit was given, in their order."""
    calls: list[dict[str, Any]] = []
    real = retraining.refit

    def spy(**given: Any) -> RefitResult:
        calls.append(given)
        return real(**given)

    monkeypatch.setattr(retraining, "refit", spy)
    return calls


def test_gold_measures_and_never_trains(
    settled: list[Image], people: People, settle: Settle, refits: list[dict[str, Any]]
) -> None:
    gold = settle(Label.HUMAN, range(100, 105), by=people.reviewer, gold=True)
    run_retraining(request_retraining(by=None, dispatch=False).pk)

    assert sorted(refits[-1]["held_out"]["gold"].ids) == sorted(image.sha256 for image in gold)
    assert sorted(refits[-1]["train"].ids) == sorted(image.sha256 for image in settled)


def turn_labels() -> None:
    """Let everything be settled as what it is not."""
    turned = {Label.AI.value: Label.HUMAN.value, Label.HUMAN.value: Label.AI.value}
    for label in SettledLabel.objects.all():
        label.value = turned[label.value]
        label.save()


def test_each_refit_starts_from_the_head_that_came_with_the_network(
    settled: list[Image],
    version: ModelVersion,
    people: People,
    settle: Settle,
    refits: list[dict[str, Any]],
) -> None:
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    settle(Label.AI, range(500, 524), by=people.reviewer)
    run_retraining(request_retraining(by=None, dispatch=False).pk)

    assert ModelVersion.objects.filter(parent__isnull=False).count() == 2
    origins = [read_bundle(given["origin"]).digest for given in refits]
    assert origins == [version.digest, version.digest]


def test_the_gain_counts_only_labels_that_the_champion_had_not_learned(
    settled: list[Image], people: People, settle: Settle
) -> None:
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    settle(Label.AI, range(500, 524), by=people.reviewer)
    run = request_retraining(by=None, dispatch=False)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.version is not None
    assert run.version.metrics["new_labels"]["n"] == 24
    assert "right on 24 new labels" in run.outcome


def test_gold_that_was_trained_on_before_measures_nothing(
    settled: list[Image], people: People, settle: Settle, refits: list[dict[str, Any]]
) -> None:
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    turned = settled[0]
    SettledLabel.objects.filter(image=turned).update(gold=True)
    fresh = settle(Label.AI, range(500, 524), by=people.reviewer)
    run_retraining(request_retraining(by=None, dispatch=False).pk)

    assert sorted(refits[-1]["held_out"]["gold"].ids) == []
    assert sorted(refits[-1]["train"].ids) == sorted(
        image.sha256 for image in [*settled[1:], *fresh]
    )


def test_wrong_labels_are_rejected_and_the_old_version_goes_on(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(150), by=people.reviewer)
    turn_labels()
    run = request_retraining(by=None, dispatch=False)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.version is not None
    assert run.state == State.REJECTED
    assert run.outcome.startswith("rejected: ")
    assert run.outcome.endswith("Version 1 answers as before.")
    assert run.version.state == ModelVersion.State.REJECTED
    assert production_version() == version
    assert any(not row["ok"] for row in run.gate)


def test_labels_that_contradict_all_that_is_known_are_looked_at_again_first(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    for label in Label:
        settle(label, range(60), by=people.reviewer)
    turn_labels()
    run = request_retraining(by=None, dispatch=False)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert (run.state, run.version) == (State.SKIPPED, None)
    assert run.outcome.startswith("skipped: ")
    assert production_version() == version


def test_labels_from_which_nothing_can_be_learned_are_told_in_words(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise RefitFailed("These labels contradict what is known.")

    monkeypatch.setattr(retraining, "refit", refuse)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert (run.state, run.version) == (State.FAILED, None)
    assert run.outcome == (
        "failed: These labels contradict what is known. Version 1 answers as before."
    )
    assert production_version() == version


def test_a_champion_that_changed_meanwhile_is_not_replaced(
    settled: list[Image], version: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(Head(JUDGE.head.weight, 0.1), Calibration(1, 0), JUDGE.thresholds)
    other = register_version(bundle=small_bundle(tmp_path / "other", judge=judge).path)
    real = retraining.refit

    def promote_first(**given: object) -> object:
        result = real(**given)  # type: ignore[arg-type]
        promote_version(version=other)
        return result

    monkeypatch.setattr(retraining, "refit", promote_first)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.state == State.REJECTED
    assert "went live meanwhile" in run.outcome
    assert production_version() == other


def test_a_failure_is_told_in_words_and_nothing_goes_live(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(**_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(retraining, "refit", break_down)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.outcome == (
        "failed: Something went wrong that should not have; the log says what. "
        "Version 1 answers as before."
    )
    assert production_version() == version
    assert request_retraining(by=None, dispatch=False).state == State.QUEUED


def test_a_crash_at_the_very_end_promotes_nothing(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(promotion, "settle", crash)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert (run.state, run.version) == (State.FAILED, None)
    assert list(ModelVersion.objects.all()) == [version]
    assert production_version() == version


def test_a_stop_in_the_middle_is_told_and_passed_on(
    settled: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retraining, "refit", stop)
    run = request_retraining(by=None, dispatch=False)
    with pytest.raises(KeyboardInterrupt):
        run_retraining(run.pk)

    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.outcome.startswith("failed: It was stopped before it was done.")


def test_one_that_takes_too_long_is_told_so(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(**_: object) -> None:
        raise TimeRanOut

    monkeypatch.setattr(retraining, "refit", run_out)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.outcome.startswith("failed: It took longer than a retraining may take.")
    assert production_version() == version


def test_a_run_that_was_taken_away_changes_nothing(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = retraining.refit

    def taken_away(**given: object) -> object:
        result = real(**given)  # type: ignore[arg-type]
        TrainingRun.objects.update(state=State.FAILED, outcome="failed: silent")
        return result

    monkeypatch.setattr(retraining, "refit", taken_away)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.FAILED, "failed: silent")
    assert production_version() == version


def test_a_trainer_that_lost_its_run_while_freezing_does_not_name_its_snapshot(
    settled: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = retraining.freeze_snapshot

    def taken_for_dead(*given: Any) -> DatasetSnapshot:
        TrainingRun.objects.update(attempts=2)  # another worker has begun with it
        return real(*given)

    monkeypatch.setattr(retraining, "freeze_snapshot", taken_for_dead)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts, run.snapshot) == (State.RUNNING, 2, None)


def test_running_twice_is_harmless(settled: list[Image]) -> None:
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)
    before = TrainingRun.objects.values().get()

    run_retraining(run.pk)

    assert TrainingRun.objects.values().get() == before
    assert ModelVersion.objects.count() == 2


def test_labels_count_as_new_until_a_training_saw_them(
    settled: list[Image], people: People, settle: Settle
) -> None:
    assert count_new_labels() == 24
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    assert count_new_labels() == 0
    assert request_retraining(by=None).outcome == "skipped: 0 new labels, needs 20"

    settle(Label.AI, range(50, 52), by=people.reviewer)
    SettledLabel.objects.filter(image=settled[0]).update(value=Label.HUMAN.value)
    assert count_new_labels() == 3


@pytest.mark.django_db
def test_new_labels_are_counted_by_an_index_however_many_there_are() -> None:
    snapshot = DatasetSnapshot.objects.create(digest="0" * 64, ai=0, human=0, gold=0)
    TrainingRun.objects.create(state=State.REJECTED, snapshot=snapshot, finished_at=timezone.now())
    # Else each label looks through the whole snapshot: 54 s instead of 0.07 s for 20,000 of them.
    assert "(snapshot_id=? AND sha256=?)" in new_labels().explain()


def test_a_failed_training_has_not_seen_the_labels(
    settled: list[Image], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retraining, "refit", lambda **_: 1 / 0)
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    assert TrainingRun.objects.get().state == State.FAILED
    assert DatasetSnapshot.objects.count() == 1
    assert count_new_labels() == 24


def test_a_run_that_is_resumed_goes_on_with_what_it_froze(
    settled: list[Image],
    version: ModelVersion,
    people: People,
    settle: Settle,
    refits: list[dict[str, Any]],
) -> None:
    run = request_retraining(by=None, dispatch=False)
    TrainingRun.objects.update(parent=version, snapshot=freeze_snapshot(), attempts=1)
    settle(Label.AI, range(500, 505), by=people.reviewer)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert DatasetSnapshot.objects.get() == run.snapshot
    assert len(refits[-1]["train"].ids) == 24
    assert run.attempts == 2


def test_where_another_version_answers_meanwhile_it_freezes_anew(
    settled: list[Image],
    version: ModelVersion,
    people: People,
    settle: Settle,
    refits: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    run = request_retraining(by=None, dispatch=False)
    TrainingRun.objects.update(parent=version, snapshot=freeze_snapshot(), attempts=1)
    settle(Label.AI, range(500, 505), by=people.reviewer)
    judge = Judge(Head(JUDGE.head.weight, 0.1), Calibration(1, 0), JUDGE.thresholds)
    other = register_version(bundle=small_bundle(tmp_path / "other", judge=judge).path)
    promote_version(version=other)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.parent == other
    assert len(refits[-1]["train"].ids) == 29


def test_progress_is_written_while_it_runs(
    settled: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[float, str]] = []
    real = retraining.refit

    def look(**given: object) -> object:
        row = TrainingRun.objects.get()
        seen.append((row.progress, row.state))
        assert row.heartbeat_at is not None
        assert (timezone.now() - row.heartbeat_at).total_seconds() < 5
        return real(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(retraining, "refit", look)
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    assert seen == [(0.5, State.RUNNING)]
