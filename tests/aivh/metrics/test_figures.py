"""The figures are right, and few whatever there is."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from aivh.metrics import histories
from aivh.metrics.counters import (
    HTTP_BOUNDS,
    HTTP_SECONDS,
    REQUESTS,
    SUM,
    TASK_BOUNDS,
    TASK_SECONDS,
    TASK_WAIT,
    TASKS,
    counters,
    field_of,
)  # fmt: skip
from aivh.metrics.requests import KINDS
from aivh.metrics.shipping import MOST_REQUESTS
from aivh.metrics.tasks import OUTCOMES, task_names
from classifier.models import ModelVersion
from classifier.monitoring.figures import FIGURES
from labelling.models import Image, Prediction
from tests.aivh.metrics.scrape import scrape, series
from tests.worker.tallied import come_in, make_version, say, settle_as
from worker.models import DriftLook, Heartbeat, TrainingRun
from worker.services.tallies import count_hours

pytestmark = pytest.mark.django_db
MOST_SERIES = 2000
ARCHIVED = ModelVersion.State.ARCHIVED


def reading(figure: str, against: str) -> dict[str, object]:
    return {"figure": figure, "layer": "input", "against": against, "measure": "m", "by": 0.25,
            "what": "w", "before": 1, "after": 2, "p_value": 0.001, "beyond": True}  # fmt: skip


def make_everything() -> ModelVersion:
    """A site on which every label has every value, and more versions than have names."""
    now = timezone.now()
    for number in range(1, 10):
        make_version(number, ARCHIVED)
    live = make_version(10)
    for step in range(21):
        image = come_in(now, audit=True)
        say(image, live, step / 20, now)
        settle_as(image, "ai" if step % 2 else "human", now)
    others = ModelVersion.objects.exclude(pk=live.pk)
    for said in Prediction.objects.all():
        values = {**model_to_dict(said, exclude=["id"]), "image": said.image}
        Prediction.objects.bulk_create(
            Prediction(**{**values, "version": version}) for version in others
        )
    Prediction.objects.update(created_at=now)
    for window in DriftLook.Window.values:
        readings = [reading(f.name, where) for f in FIGURES for where in ("trained_on", "month")]
        DriftLook.objects.create(
            version=live, window=window, pictures=200, number=200, first_at=now, last_at=now,
            readings=readings if window == "pictures" else [],
        )  # fmt: skip
    Heartbeat.objects.create(sent_at=now, answered_at=now + timedelta(seconds=2))
    TrainingRun.objects.create(state="promoted", finished_at=now)
    Image.objects.filter(pk=image.pk).update(state=Image.State.WAITING)
    ModelVersion.objects.filter(pk=live.pk).update(promoted_at=now)
    return live


def fill_processes() -> None:
    """Every series that the processes can make."""
    counters.take()
    counters.add(
        {field_of(REQUESTS, f"/{n}", "GET", "200"): 1.0 for n in range(MOST_REQUESTS + 10)}
    )
    for kind, place in product(KINDS, [*map(str, range(len(HTTP_BOUNDS) + 1)), SUM]):
        counters.add({field_of(HTTP_SECONDS, kind, place): 1.0})
    for task in task_names():
        for name, place in product(
            (TASK_SECONDS, TASK_WAIT), [*map(str, range(len(TASK_BOUNDS) + 1)), SUM]
        ):
            counters.add({field_of(name, task, place): 1.0})
        for outcome in OUTCOMES.values():
            counters.add({field_of(TASKS, task, outcome): 1.0})


def test_with_everything_at_its_most_there_are_at_most_2000_series() -> None:
    make_everything()
    count_hours()
    fill_processes()

    found = scrape()

    print(f"{len(found)} series")
    assert MOST_SERIES // 2 < len(found) <= MOST_SERIES


def test_a_scrape_takes_the_same_few_queries_however_much_there_is(
    django_assert_num_queries,
) -> None:
    make_everything()
    count_hours()
    with django_assert_num_queries(QUERIES):
        Client().get("/metrics")


QUERIES = 20


def test_predictions_are_counted_by_verdict_and_version_and_the_oldest_are_summed() -> None:
    make_everything()

    found = scrape()

    def said(version: str) -> float:
        return found[series("aivh_predictions_total", verdict="ai", version=version)]

    assert found[series("predictions_total", verdict="ai")] == 60
    assert said("10") == said("6") == 6
    assert said("older") == 30
    assert found[series("aivh_prediction_score_count", version="10")] == 21
    assert found[series("aivh_prediction_score_sum", version="10")] == pytest.approx(10.5)
    assert found[series("aivh_prediction_score_bucket", version="10", le="0.50")] == 11
    assert found[series("aivh_prediction_confidence_count", version="10")] == 21
    assert found[series("aivh_prediction_confidence_bucket", version="10", le="1.00")] == 21
    assert found[series("prediction_confidence_count")] == 210


def test_the_version_that_answers_has_a_name_however_old_it_is() -> None:
    assert set(histories.names_of({1, 2, 3, 4, 5, 6, 7}, live=1).values()) == {
        "1", "4", "5", "6", "7", "older",
    }  # fmt: skip


def test_the_state_of_the_site() -> None:
    live = make_everything()
    now = timezone.now().timestamp()

    found = scrape()

    assert found[series("model_loaded")] == 1
    assert (
        found[series("aivh_model_info", version="10", digest=live.digest[:12], backbone="b" * 12)]
        == 1
    )
    assert found[series("aivh_images", state="waiting")] == 1
    for name in ("oldest_waiting_image", "last_successful_training", "heartbeat", "model_promoted"):
        assert found[series(f"aivh_{name}_timestamp_seconds")] == pytest.approx(now, abs=30)
    assert found[series("aivh_heartbeat_seconds")] == 2
    moved = {"layer": "input", "figure": "width", "against": "month"}
    assert found[series("aivh_drift", **moved)] == 0.25
    assert found[series("aivh_drift_p_value", **moved)] == 0.001
    assert found[series("aivh_drift_beyond", **moved)] == 1


def test_an_empty_site_says_zero_and_leaves_out_what_never_was() -> None:
    found = scrape()

    assert found[series("model_loaded")] == 0
    assert found[series("predictions_total", verdict="ai")] == 0
    assert not any("timestamp" in name for name, _ in found)


def test_counters_never_fall_when_people_change_their_minds() -> None:
    version, now = make_version(1), timezone.now()
    image = come_in(now)
    say(image, version, 0.9, now)
    label = settle_as(image, "ai", now)
    count_hours()
    before = scrape()
    label.delete(), image.delete()
    count_hours()
    after = scrape()

    for name in ("aivh_labels_settled_total", "aivh_overrides_total", "aivh_predictions_total",
                 "aivh_images_received_total"):  # fmt: skip
        kept = {key: value for key, value in before.items() if key[0] == name}
        assert sum(kept.values()) == 1
        assert {key: after[key] for key in kept} == kept


def test_every_series_is_documented() -> None:
    from tests.requirements import ROOT

    make_everything()
    fill_processes()
    page = (ROOT / "docs" / "metrics.md").read_text()
    told = set(re.findall(r"^\| `(\w+)`", page, flags=re.MULTILINE))

    names = {re.sub("_(bucket|sum|count)$", "", name) for name, _ in scrape()}

    assert names == told
