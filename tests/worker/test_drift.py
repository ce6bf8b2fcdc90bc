"""Drift on the site: when it looks, what it tells whom, and when that is over."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier.models import ModelVersion
from classifier.monitoring.look import Against
from classifier.monitoring.pictures import Column
from classifier.services import promote_version, register_version
from labelling.models import Image, Label, Review, Submission, User
from tests.worker.drifting import come, settle
from tests.worker.small import JUDGE, small_bundle
from worker.announcements import drift_alerted
from worker.drift_columns import columns_of
from worker.drift_windows import held_out, learned_from, newest
from worker.models import Alert, DatasetSnapshot, DriftLook, SnapshotItem, TrainingRun
from worker.services import drift
from worker.services.drift import look_when_due, take_look

pytestmark = pytest.mark.django_db

PICTURES, LABELS = DriftLook.Window.PICTURES, DriftLook.Window.LABELS
QUALITY = "drift:input:jpeg_quality:last_month"


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """What was announced of drift since; connected as long as the test holds it."""
    heard: list[str] = []

    def hear(**_: object) -> None:
        heard.append("drift")

    drift_alerted.connect(hear, weak=False)
    yield heard
    drift_alerted.disconnect(hear)


def told(column: Column | None) -> list[Any]:
    assert column is not None
    return list(column.tolist())


def first_look(**of: Any) -> DriftLook:
    """The newest."""
    look = DriftLook.objects.filter(**of).first()
    assert look is not None
    return look


def numbers() -> list[tuple[str, int, int]]:
    rows = DriftLook.objects.order_by("pk")
    return list(rows.values_list("window", "number", "pictures"))


def test_it_looks_at_two_hundred_and_then_each_fifty(version: ModelVersion) -> None:
    come(version, 199)
    assert look_when_due() == []
    come(version, 1)
    look_when_due()
    look_when_due()
    assert numbers() == [(PICTURES, 1, 200)]
    come(version, 49)
    assert look_when_due() == []
    come(version, 1)
    look_when_due()
    assert numbers() == [(PICTURES, 1, 200), (PICTURES, 2, 200)]


def test_without_a_version_or_pictures_there_is_no_look(version: ModelVersion) -> None:
    assert take_look(version=version, kind=PICTURES) is None
    ModelVersion.objects.update(state=ModelVersion.State.ARCHIVED)
    assert look_when_due() == []


def test_what_changed_is_alarmed_once_shown_and_ended(
    version: ModelVersion,
    announced: list[str],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    come(version, 500)
    with django_capture_on_commit_callbacks(execute=True):
        look_when_due()
        squeezed = come(version, 60, quality=40)
        look_when_due()
    assert not Alert.objects.exists(), "one look is no proof"
    with django_capture_on_commit_callbacks(execute=True):
        squeezed += come(version, 60, quality=40)
        look_when_due()

    alert = Alert.objects.get(key=QUALITY)
    assert (alert.kind, alert.resolved_at, alert.count) == ("drift", None, 1)
    assert alert.sentence.startswith("Input: the quality of JPEG files moved")
    assert "compresses pictures anew" in alert.advice
    assert set(alert.images.values_list("pk", flat=True)) <= set(squeezed)
    assert alert.shown.count() == 12
    (alarm,) = [a for a in first_look().alarms if a["figure"] == "jpeg_quality"]
    assert [UUID(pk) for pk in alarm["images"]] == [one.image_id for one in alert.shown.all()]
    assert announced == ["drift"]

    with django_capture_on_commit_callbacks(execute=True):
        come(version, 50, quality=40)
        look_when_due()
    alert.refresh_from_db()
    assert (alert.count, announced) == (2, ["drift"])

    for pictures in (250, 50):
        alert.refresh_from_db()
        assert alert.resolved_at is None
        come(version, pictures)
        look_when_due()
    alert.refresh_from_db()
    assert alert.resolved_at is not None, "what alarmed is nothing to compare with"


def test_of_two_who_look_at_one_moment_one_writes_it_down(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(version, 200)
    honest = drift.compare
    inner: list[DriftLook | None] = []

    def overtaken(*given: Any) -> Any:
        monkeypatch.setattr(drift, "compare", honest)
        inner.append(take_look(version=version, kind=PICTURES))
        return honest(*given)

    monkeypatch.setattr(drift, "compare", overtaken)
    assert take_look(version=version, kind=PICTURES) is None
    assert inner == list(DriftLook.objects.all())


def test_a_look_that_was_due_is_taken_once_also_where_it_was_taken_meanwhile(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(version, 200)
    honest = drift.is_due

    def overtaken(*given: Any) -> bool:
        monkeypatch.setattr(drift, "is_due", honest)
        due = honest(*given)
        assert len(look_when_due()) == 1
        return due

    monkeypatch.setattr(drift, "is_due", overtaken)
    assert look_when_due() == []
    assert numbers() == [(PICTURES, 1, 200)]


def test_labels_have_a_window_of_their_own(version: ModelVersion, reviewer: User) -> None:
    ids = come(version, 600)
    settle(ids[:250], by=reviewer)
    look_when_due()
    assert numbers() == [(PICTURES, 1, 200), (LABELS, 1, 200)]
    settle(ids[250:350], by=reviewer, wrongly=True)
    look_when_due()
    settle(ids[350:450], by=reviewer, wrongly=True)
    look_when_due()

    look = first_look(window=LABELS)
    assert {row["layer"] for row in look.readings} == {"label"}
    assert {alarm["figure"] for alarm in look.alarms} >= {"overrides"}
    assert Alert.objects.filter(key="drift:label:overrides:trained_on").exists()
    assert [one["name"] for one in look.estimates] == [
        "live_accuracy",
        "average_confidence",
        "thresholded_confidence",
    ]


def test_a_new_version_waits_until_it_has_judged_the_newest(
    version: ModelVersion, tmp_path: Path
) -> None:
    come(version, 250)
    other = promote_version(
        version=register_version(bundle=small_bundle(tmp_path / "two", of_each=80).path)
    )
    assert not drift.is_due(other, PICTURES, None)
    come(other, 199)
    assert not drift.is_due(other, PICTURES, None)
    come(other, 1)
    assert drift.is_due(other, PICTURES, None)


def test_the_columns_say_what_is_known(
    version: ModelVersion, reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    first, second, third = ids = come(version, 3, quality=80)
    Image.objects.filter(pk=second).update(
        content_type="image/png", jpeg_quality=0, width=300, height=200, audit=True
    )
    Submission.objects.create(image_id=first, channel=Submission.Channel.API)
    Submission.objects.filter(image=second).update(channel=Submission.Channel.IMPORT)
    for image, person, answer in (
        (first, reviewer, "ai"),
        (first, second_reviewer, "ai"),
        (second, reviewer, "ai"),
        (second, second_reviewer, "human"),
    ):
        Review.objects.create(image_id=image, reviewer=person, answer=answer, seconds=1)
    Review.objects.create(
        image_id=second, reviewer=adjudicator, answer="human", adjudicates=True, seconds=1
    )
    for image, value in ((first, "ai"), (second, "human")):
        at = Image.objects.get(pk=image).received_at + timedelta(hours=1)
        Label.objects.create(image_id=image, value=value, settled_at=at)

    columns = columns_of(ids, version)

    assert told(columns.containers) == ["JPEG", "PNG", "JPEG"]
    assert told(columns.qualities) == pytest.approx([80, np.nan, 80], nan_ok=True)
    assert told(columns.aspects)[1] == 1.5
    assert told(columns.channels) == ["page", "import", "page"]
    assert told(columns.labels) == ["ai", "human", ""]
    assert told(columns.label_sources) == [reviewer.username, adjudicator.username, ""]
    assert told(columns.audited) == [False, True, False]
    assert told(columns.agreed) == pytest.approx([1, 0, np.nan], nan_ok=True)
    assert [len(vector) for vector in told(columns.embeddings)] == [3, 3, 3]
    assert third not in (first, second)


def test_as_many_queries_for_many_as_for_few(version: ModelVersion) -> None:
    def queries(size: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            newest(version, PICTURES, size)
        return len(seen)

    come(version, 150)
    assert queries(2) == queries(150) == 7


def test_a_refit_was_trained_on_the_sites_pictures_too(
    version: ModelVersion, reviewer: User
) -> None:
    ids = come(version, 30)
    settle(ids[:20], by=reviewer)
    snapshot = DatasetSnapshot.objects.create(digest="d" * 64, ai=10, human=10, gold=0)
    for pk in ids[:20]:
        image = Image.objects.get(pk=pk)
        SnapshotItem.objects.create(
            snapshot=snapshot, image=image, sha256=image.sha256, label="ai", use="train"
        )
    TrainingRun.objects.create(snapshot=snapshot, version=version)
    Image.objects.filter(pk=ids[0]).update(deleted_at="2026-01-01T00:00:00Z")

    bundled, learned = held_out(version), learned_from(version, but=[ids[1]])

    assert len(bundled) == 120  # of 240 rows of the replay set a half is never trained on
    assert len(learned) == 120 + 18
    assert learned.widths is None, "sizes are known of the site's pictures alone"
    assert min(told(learned.qualities)[120:]) >= 70
    said = JUDGE.judge(np.array(told(bundled.embeddings))).probabilities
    assert told(bundled.probabilities) == pytest.approx(said.tolist(), abs=1e-6)


def test_the_references_are_named(version: ModelVersion) -> None:
    come(version, 300)
    (look,) = look_when_due()
    assert {row["against"] for row in look.readings} == set(map(str, Against))
