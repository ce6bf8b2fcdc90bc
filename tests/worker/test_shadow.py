"""A challenger in shadow: what is compared, what is decided, and that nobody is shown its word."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier import serving
from classifier.errors import BundleCorrupt, RegistryUnavailable, WrongState
from classifier.models import ModelVersion
from classifier.queries import production_version, shadow_version
from classifier.services import promote_version, put_in_shadow
from classifier.vocabulary import Label
from labelling.models import Embedding, Image, Prediction
from labelling.models import Label as SettledLabel
from tests.worker.challengers import challenger, in_shadow, judged_pictures, stranger
from tests.worker.conftest import People, make_image
from tests.worker.small import picture
from worker import sweeper, tasks
from worker.models import ShadowPair, ShadowTrial, TrainingRun
from worker.services import chain, promotion, shadow, shadow_pairs
from worker.services.retraining import request_retraining, run_retraining
from worker.services.shadow import continue_trial

Settle = Callable[..., list[Image]]
Sent = list[tuple[object, ...]]
State = ShadowTrial.State
V = ModelVersion.State


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Sent:
    """What was put on the queue. Ten pictures are wanted, and half an hour's patience."""
    settings.SHADOW_PICTURES, settings.SHADOW_MINUTES = 10, 30
    messages: Sent = []

    def send(*message: object) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(chain, "send", send)
    return messages


def let_time_pass(trial: ShadowTrial) -> None:
    earlier = timezone.now() - timedelta(minutes=31)
    ShadowTrial.objects.filter(pk=trial.pk).update(started_at=earlier)


def test_stored_pictures_are_compared_without_being_looked_at(
    version: ModelVersion, tmp_path: Path
) -> None:
    for image in judged_pictures(Label.AI, range(12)):
        default_storage.delete(image.original)
    said = list(Prediction.objects.order_by("pk").values())
    new = challenger(tmp_path / "new")
    trial = in_shadow(new, version)

    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    new.refresh_from_db()
    version.refresh_from_db()
    assert (trial.state, trial.compared, trial.agreed, trial.flips) == (State.PASSED, 10, 10, 0)
    assert 0 < trial.mean_difference < 0.01
    assert trial.outcome == (
        "only 10 pictures were at hand that neither version had learned from; the gate decided"
    )
    assert (new.state, version.state) == (V.PRODUCTION, V.ARCHIVED)
    assert list(Prediction.objects.order_by("pk").values()) == said
    assert Embedding.objects.count() == 12
    newest = Image.objects.order_by("-received_at")[:10]
    assert set(trial.pairs.values_list("image", flat=True)) == {image.pk for image in newest}


def test_too_many_turned_verdicts_end_it_in_words_with_figures(
    version: ModelVersion, tmp_path: Path
) -> None:
    judged_pictures(Label.AI, range(10))
    trial = in_shadow(challenger(tmp_path / "new", turned=True), version)

    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    assert (trial.state, trial.flips, trial.agreed) == (State.REFUSED, 10, 0)
    assert trial.outcome == (
        "10 of 10 verdicts turned between AI and human; 5% would be fine. "
        "Version 1 answers as before."
    )
    assert trial.version.state == V.REJECTED
    told = trial.version.changes.values_list("reason", flat=True)[0]
    assert told == ("In shadow, 10 of 10 verdicts turned between AI and human; 5% would be fine.")
    assert production_version() == version


def test_what_either_version_learned_from_does_not_count(
    version: ModelVersion, people: People, settle: Settle, tmp_path: Path, settings: LazySettings
) -> None:
    for seeds, wanted in ((range(12), 0), (range(100, 112), 10)):
        settings.SHADOW_PICTURES = wanted
        settle(Label.AI, seeds, by=people.reviewer)
        settle(Label.HUMAN, seeds, by=people.reviewer)
        run_retraining(request_retraining(by=None, dispatch=False).pk)
    run = TrainingRun.objects.latest("pk")
    trial = ShadowTrial.objects.get()
    assert (run.state, trial.compared) == (TrainingRun.State.SHADOW, 0)

    fresh = judged_pictures(Label.AI, range(500, 503))
    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    assert (trial.state, trial.compared) == (State.RUNNING, 3)
    pairs = set(trial.pairs.values_list("image", flat=True))
    assert pairs == {image.pk for image in fresh}


def test_it_waits_for_pictures_that_come_and_then_for_no_more(
    version: ModelVersion, tmp_path: Path, sent: Sent
) -> None:
    trial = in_shadow(challenger(tmp_path / "new"), version)
    continue_trial(trial_id=trial.pk)
    judged_pictures(Label.HUMAN, range(4))
    continue_trial(trial_id=trial.pk)
    trial.refresh_from_db()
    assert (trial.state, trial.compared, trial.percent) == (State.RUNNING, 4, 40)

    let_time_pass(trial)
    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    assert trial.state == State.PASSED
    assert production_version() == trial.version


def test_a_picture_that_still_waits_is_left_to_the_champion(
    version: ModelVersion, tmp_path: Path
) -> None:
    make_image(picture(Label.AI, 7))
    trial = in_shadow(challenger(tmp_path / "new"), version)
    continue_trial(trial_id=trial.pk)
    assert not ShadowPair.objects.exists()


def test_twice_is_harmless(version: ModelVersion, tmp_path: Path) -> None:
    judged_pictures(Label.AI, range(4))
    trial = in_shadow(challenger(tmp_path / "new"), version)
    continue_trial(trial_id=trial.pk)
    before = list(ShadowPair.objects.values())
    continue_trial(trial_id=trial.pk)
    assert list(ShadowPair.objects.values()) == before
    assert len(before) == 4


def test_what_people_settled_meanwhile_counts(version: ModelVersion, tmp_path: Path) -> None:
    """Six answers show that the challenger is right where it differs: it may turn all of them."""
    images = judged_pictures(Label.AI, range(10))
    trial = in_shadow(challenger(tmp_path / "new", turned=True), version)
    for image in images[:6]:
        SettledLabel.objects.create(image=image, value="human", settled_at=timezone.now())

    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    assert (trial.state, trial.better, trial.worse) == (State.PASSED, 6, 0)
    assert production_version() == trial.version


def test_another_network_looks_a_second_time_and_stores_no_word(
    version: ModelVersion, tmp_path: Path, sent: Sent
) -> None:
    """One original that is gone does not hold up the others."""
    images = judged_pictures(Label.AI, range(12))
    default_storage.delete(images[-1].original)
    trial = in_shadow(stranger(tmp_path / "new"), version)
    said = Prediction.objects.count()

    continue_trial(trial_id=trial.pk)
    assert (trial.pairs.count(), sent[-1][:2]) == (9, ("shadow", trial.pk))
    continue_trial(trial_id=trial.pk, before=str(sent[-1][2]))

    trial.refresh_from_db()
    assert (trial.state, trial.compared, trial.agreed) == (State.PASSED, 10, 10)
    assert Prediction.objects.count() == said
    assert Embedding.objects.filter(backbone_digest="b" * 64).count() == 10


def test_the_trainer_leaves_second_looks_to_the_workers(
    version: ModelVersion, tmp_path: Path
) -> None:
    judged_pictures(Label.AI, range(3))
    trial = in_shadow(stranger(tmp_path / "new"), version)
    let_time_pass(trial)
    continue_trial(trial_id=trial.pk, look=False)
    trial.refresh_from_db()
    assert (trial.state, trial.compared) == (State.RUNNING, 0)


def test_a_challenger_whose_bundle_is_broken_is_refused(
    version: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_pictures(Label.AI, range(3))
    trial = in_shadow(challenger(tmp_path / "new"), version)

    def broken(_: ModelVersion) -> None:
        raise BundleCorrupt("head.safetensors is missing.")

    monkeypatch.setattr(shadow_pairs, "scorer_of", broken)
    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    assert trial.outcome == (
        "it could not be loaded: head.safetensors is missing. Version 1 answers as before."
    )
    assert (trial.state, trial.version.state) == (State.REFUSED, V.REJECTED)


def test_a_registry_that_is_away_only_makes_it_wait(
    version: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_pictures(Label.AI, range(3))
    trial = in_shadow(challenger(tmp_path / "new"), version)

    def away(_: ModelVersion) -> None:
        raise RegistryUnavailable("It does not answer.")

    monkeypatch.setattr(shadow_pairs, "scorer_of", away)
    continue_trial(trial_id=trial.pk)
    trial.refresh_from_db()
    assert trial.state == State.RUNNING


def test_there_is_one_challenger_at_a_time_and_the_newest_is_it(
    version: ModelVersion, tmp_path: Path
) -> None:
    first, second = challenger(tmp_path / "one"), challenger(tmp_path / "two", bias=0.02)
    trial = in_shadow(first, version)
    with pytest.raises(WrongState, match="Version 2 is in shadow already"):
        put_in_shadow(version=second, reason="It pushed in.")

    in_shadow(second, version)

    trial.refresh_from_db()
    first.refresh_from_db()
    assert (trial.state, first.state) == (State.OVERTAKEN, V.REJECTED)
    assert trial.outcome == "version 3 took its place before the comparison was through."
    assert shadow_version() == second


def test_a_champion_that_changed_makes_the_comparison_pointless(
    version: ModelVersion, tmp_path: Path
) -> None:
    judged_pictures(Label.AI, range(10))
    trial = in_shadow(challenger(tmp_path / "one"), version)
    other = promote_version(version=challenger(tmp_path / "two", bias=0.02))

    continue_trial(trial_id=trial.pk)

    trial.refresh_from_db()
    assert (trial.state, trial.version.state) == (State.OVERTAKEN, V.REJECTED)
    assert production_version() == other


@pytest.fixture
def settled(version: ModelVersion, people: People, settle: Settle) -> list[Image]:
    return [image for label in Label for image in settle(label, range(40), by=people.reviewer)]


def test_a_retraining_ends_in_shadow_and_is_promoted_when_enough_agree(
    settled: list[Image], version: ModelVersion
) -> None:
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.version is not None
    assert run.state == TrainingRun.State.SHADOW
    assert run.outcome.startswith(
        "in shadow: version 2 passed the gate and judges beside version 1, unseen; "
    )
    assert run.finished_at is not None
    assert (production_version(), shadow_version()) == (version, run.version)
    assert request_retraining(by=None, dispatch=False).state == TrainingRun.State.SKIPPED

    trial = ShadowTrial.objects.get()
    judged_pictures(Label.AI, range(600, 610))
    continue_trial(trial_id=trial.pk)

    run.refresh_from_db()
    assert run.state == TrainingRun.State.PROMOTED
    assert run.outcome.startswith("promoted: version 2 answers from now on; only 10 pictures were")
    assert "on 60 pictures that no version learned from" in run.outcome
    assert production_version() == run.version


def test_with_stored_pictures_enough_it_answers_at_once(
    settled: list[Image], version: ModelVersion, settings: LazySettings
) -> None:
    settings.SHADOW_PICTURES = 24
    judged_pictures(Label.AI, range(600, 612))
    judged_pictures(Label.HUMAN, range(600, 612))
    run = request_retraining(by=None, dispatch=False)

    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.state == TrainingRun.State.PROMOTED
    assert (
        "both versions judged 24 pictures that neither had learned from: 0 verdicts turned"
        in run.outcome
    )
    assert production_version() == run.version


def test_a_retraining_is_rejected_where_its_version_is_refused_in_shadow(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "objection", lambda *_, **__: "it would not do.")
    run = request_retraining(by=None, dispatch=False)
    judged_pictures(Label.AI, range(600, 610))
    run_retraining(run.pk)

    run.refresh_from_db()
    assert run.state == TrainingRun.State.REJECTED
    assert run.outcome == ("rejected: in shadow, it would not do. Version 1 answers as before.")
    assert production_version() == version


def test_a_first_round_that_breaks_is_left_to_the_sweeper(
    settled: list[Image], version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(**_: object) -> None:
        raise OSError

    monkeypatch.setattr(promotion, "continue_trial", crash)
    run = request_retraining(by=None, dispatch=False)
    run_retraining(run.pk)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.SHADOW
    assert ShadowTrial.objects.get().state == State.RUNNING


def test_scoring_loads_no_network(version: ModelVersion, tmp_path: Path) -> None:
    scorer = serving.scorer_of(challenger(tmp_path / "new"))
    assert not hasattr(scorer, "embedder")


def test_the_sweeper_lets_it_go_on_with_what_came_in(
    version: ModelVersion, tmp_path: Path, sent: Sent
) -> None:
    sweeper.continue_trials()
    assert sent == []
    trial = in_shadow(challenger(tmp_path / "new"), version)
    sweeper.continue_trials()
    sweeper.continue_trials()
    assert sent == [("shadow", trial.pk)]


def test_the_task_does_one_round(version: ModelVersion, tmp_path: Path) -> None:
    judged_pictures(Label.AI, range(4))
    trial = in_shadow(challenger(tmp_path / "new"), version)
    tasks.shadow(trial.pk)
    trial.refresh_from_db()
    assert trial.compared == 4
