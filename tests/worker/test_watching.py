"""After a promotion: the version before stays near, and the site returns to it on an alarm."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from classifier import serving
from classifier.detector.detector import Detector
from classifier.errors import PictureRefused
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import promote_version
from classifier.serving import registry
from classifier.vocabulary import Label
from labelling.models import Image, Prediction
from labelling.models import Label as SettledLabel
from tests.worker.challengers import challenger, judged_pictures, stranger
from tests.worker.conftest import make_image
from tests.worker.small import picture
from worker.alerts import open_alerts
from worker.models import RetrainingPolicy, Watch
from worker.services import failures
from worker.services.inference import classify_image
from worker.services.live import make_live
from worker.services.rollback import roll_back
from worker.services.watching import raise_alarm, watch_promotion

State = Watch.State
V = ModelVersion.State


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that another test made in the same second is the same one, and may be loaded."""
    monkeypatch.setattr(serving, "_cache", serving.DetectorCache())
    serving._scorer.cache_clear()


@pytest.fixture
def turned(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    """Version 2, promoted over version 1; it says human where that says AI."""
    new = challenger(tmp_path / "turned", turned=True)
    return make_live(version=new, reason="It passed the gate.")


def watch_over(version: ModelVersion) -> Watch:
    return Watch.objects.select_related("before").get(version=version)


def test_a_promotion_is_watched_for_a_day(turned: ModelVersion, version: ModelVersion) -> None:
    watch = watch_over(turned)
    assert (watch.state, watch.before) == (State.WATCHING, version)
    assert watch.ends_at - watch.started_at == pytest.approx(
        timedelta(hours=24), abs=timedelta(minutes=1)
    )


@pytest.mark.django_db
def test_the_first_version_has_nothing_to_return_to(version: ModelVersion) -> None:
    make_live(version=version, reason="It is there.")
    assert not Watch.objects.exists()


def test_a_watch_can_be_switched_off(
    version: ModelVersion, tmp_path: Path, settings: LazySettings
) -> None:
    settings.WATCH_HOURS = 0
    make_live(version=challenger(tmp_path / "new"), reason="It passed the gate.")
    assert not Watch.objects.exists()


def test_a_jump_on_new_pictures_brings_the_version_before_back(
    turned: ModelVersion, version: ModelVersion
) -> None:
    """Version 1 is asked by the stored embeddings; what it would say is stored nowhere."""
    judged_pictures(Label.AI, range(30))

    watch_promotion()

    watch = watch_over(turned)
    turned.refresh_from_db()
    reason = (
        "It calls 30 of 30 new pictures fewer AI than the version before would; 10% would be fine."
    )
    assert production_version() == version
    assert (turned.state, turned.taken_back) == (V.ARCHIVED, f"Alarm: {reason}")
    assert (watch.state, watch.compared) == (State.RETURNED, 30)
    assert watch.outcome == f"{reason} Version 1 answers again."
    assert not Prediction.objects.filter(version=version).exists()
    change = version.changes.first()
    assert change is not None
    assert (change.before, change.after, change.by) == (V.ARCHIVED, V.PRODUCTION, "")
    assert change.reason == f"Alarm: {reason}"
    alert = open_alerts().get()
    assert alert.kind == "accuracy"
    assert alert.sentence == (
        f"Version {turned.number} was taken back: {reason} Version 1 answers again."
    )
    make_live(version=turned, by="alex", reason="It was right after all.")
    assert not open_alerts().exists(), "a person has decided"


def test_pictures_from_before_the_promotion_are_no_alarm(
    turned: ModelVersion, version: ModelVersion
) -> None:
    judged_pictures(Label.AI, range(30))
    Image.objects.update(received_at=timezone.now() - timedelta(hours=1))
    watch_promotion()
    assert production_version() == turned


def test_after_its_time_the_version_is_kept(version: ModelVersion, tmp_path: Path) -> None:
    new = make_live(version=challenger(tmp_path / "new"), reason="It passed the gate.")
    judged_pictures(Label.AI, range(3))
    watch_promotion()
    assert watch_over(new).state == State.WATCHING

    Watch.objects.update(ends_at=timezone.now())
    watch_promotion()

    watch = watch_over(new)
    assert (watch.state, watch.outcome) == (
        State.KEPT,
        "Nothing spoke against it on 3 new pictures.",
    )
    assert production_version() == new


def test_an_alarm_returns_once_and_never_back_and_forth(
    turned: ModelVersion, version: ModelVersion
) -> None:
    assert raise_alarm(version_id=turned.pk, reason="It does harm.") == version
    assert raise_alarm(version_id=turned.pk, reason="It does harm.") is None
    assert raise_alarm(version_id=version.pk, reason="It does harm.") is None
    watch_promotion()
    assert production_version() == version
    assert Watch.objects.count() == 1


def test_an_alarm_about_a_version_that_no_longer_answers_changes_nothing(
    turned: ModelVersion, version: ModelVersion, tmp_path: Path
) -> None:
    other = promote_version(version=challenger(tmp_path / "other"))
    assert raise_alarm(version_id=turned.pk, reason="It does harm.") is None
    assert production_version() == other
    watch_promotion()
    assert watch_over(turned).state == State.ENDED


def test_without_a_sound_bundle_to_return_to_it_stays(
    turned: ModelVersion, version: ModelVersion
) -> None:
    (registry().get(version.reference) / "head.safetensors").unlink()
    assert raise_alarm(version_id=turned.pk, reason="It does harm.") is None
    assert production_version() == turned
    assert watch_over(turned).state == State.WATCHING


def test_the_return_passes_over_a_version_that_is_not_at_hand(
    turned: ModelVersion, version: ModelVersion, tmp_path: Path
) -> None:
    third = make_live(version=challenger(tmp_path / "third"), reason="It passed the gate.")
    (registry().get(turned.reference) / "head.safetensors").unlink()
    assert raise_alarm(version_id=third.pk, reason="It does harm.") == version


def test_a_person_who_rolls_back_ends_the_watch(
    turned: ModelVersion, version: ModelVersion
) -> None:
    assert roll_back(by=None) == version
    assert watch_over(turned).state == State.ENDED
    assert Watch.objects.count() == 1


def test_a_new_version_that_cannot_be_loaded_goes(
    turned: ModelVersion, version: ModelVersion
) -> None:
    (registry().get(turned.reference) / "backbone.onnx").unlink()
    watch_promotion()
    assert production_version() == version
    assert watch_over(turned).outcome.startswith("It cannot be loaded: backbone.onnx is missing")


def break_down(*_: object, **__: object) -> None:
    raise MemoryError


def test_a_new_version_that_breaks_on_pictures_goes(
    turned: ModelVersion, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Detector, "examine", break_down)
    for seed in range(3):
        watch_promotion()
        assert production_version() == turned
        with pytest.raises(MemoryError):
            classify_image(image_id=make_image(picture(Label.AI, seed)).pk)
    watch_promotion()
    assert production_version() == version
    assert (
        watch_over(turned).outcome
        == "It failed on 3 pictures that were fine. Version 1 answers again."
    )


def test_a_broken_picture_is_not_the_versions_fault(
    turned: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PictureRefused("It is broken.")

    monkeypatch.setattr(Detector, "examine", refuse)
    classify_image(image_id=make_image(picture(Label.AI, 1)).pk)
    assert failures.failures_of(turned) == 0


def test_the_audit_sample_below_a_policys_floor_is_an_alarm(
    turned: ModelVersion, version: ModelVersion
) -> None:
    RetrainingPolicy.objects.update(enabled=True, accuracy_floor=0.9)
    for image in judged_pictures(Label.AI, range(30)):
        SettledLabel.objects.create(image=image, value="ai", settled_at=timezone.now())
    Image.objects.update(audit=True, received_at=timezone.now() - timedelta(hours=1))

    watch_promotion()

    assert production_version() == version
    assert watch_over(turned).outcome == (
        "On the audit sample it is right on 0 of 30 pictures, the version before on 30; "
        "the floor is 90%. Version 1 answers again."
    )


def test_another_network_is_compared_where_both_have_spoken(
    version: ModelVersion, tmp_path: Path
) -> None:
    new = make_live(version=stranger(tmp_path / "new"), reason="It passed the gate.")
    judged_pictures(Label.AI, range(3))
    watch_promotion()
    watch = watch_over(new)
    assert (watch.state, watch.compared) == (State.WATCHING, 0)


def test_a_crash_in_the_middle_of_a_return_changes_nothing(
    turned: ModelVersion, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.services.rollback.make_live", break_down)
    with pytest.raises(MemoryError), transaction.atomic():
        raise_alarm(version_id=turned.pk, reason="It does harm.")
    assert production_version() == turned
    assert watch_over(turned).state == State.WATCHING


def test_a_worker_that_cannot_load_it_counts_too(
    turned: ModelVersion, version: ModelVersion
) -> None:
    """Its copy of the bundle may be broken where the sweeper's is not."""
    image = make_image(picture(Label.AI, 1))
    head = registry().get(turned.reference) / "head.safetensors"
    kept = head.read_bytes()
    head.unlink()
    for _ in range(3):
        classify_image(image_id=image.pk)
    head.write_bytes(kept)
    image.refresh_from_db()
    assert (image.state, failures.failures_of(turned)) == (Image.State.WAITING, 3)

    watch_promotion()

    assert production_version() == version
