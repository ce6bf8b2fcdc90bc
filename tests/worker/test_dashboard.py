"""The dashboard's live part, its exports, and two versions side by side."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from classifier.models import ModelVersion
from labelling.models import Label
from tests.labelling.rows import make_image, make_version, predict
from tests.worker.conftest import People
from tests.worker.test_pages import as_, text
from worker.models import Alert, HourlyTally, TrainingRun
from worker.services.alerts import raise_alert

pytestmark = pytest.mark.django_db
Queries = Callable[[int], object]
COMPARE = "/versions/compare/"


@pytest.fixture
def live() -> ModelVersion:
    version = make_version(2, live=True)
    version.promoted_at = timezone.now()
    version.save()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for key, count in (("ai", 3), ("human", 5), ("uncertain", 2)):
        HourlyTally.objects.create(hour=hour, what="verdict", key=key, version=2, count=count)
    return version


def test_every_chart_is_a_table_that_needs_no_script(live: ModelVersion, people: People) -> None:
    page = text(as_(people.admin), reverse("dashboard"))
    assert '<div class="plot" hidden></div>' in page
    assert "<details open>" in page
    assert 'data-v="0.3">30.0%</td>' in page
    assert "30% AI, 50% Human, 20% Uncertain in these 7 days." in page
    assert "80.0%" in page  # answered
    assert "<script>" not in page
    assert " style=" not in page


def test_a_retraining_tells_what_the_gate_said(live: ModelVersion, people: People) -> None:
    row = {"name": "AUROC", "before": 0.9, "ok": False, "words": "AUROC is worse."}
    version = make_version(3)
    TrainingRun.objects.create(state="rejected", gate=[row], version=version)
    page = text(as_(people.admin), reverse("dashboard"))
    assert "It was refused: 1 of 1 check failed." in page
    assert 'href="/versions/3/#gate"' in page


def test_alerts_stand_on_it_with_their_pictures_and_advice(
    live: ModelVersion, people: People
) -> None:
    image = make_image("one")
    raise_alert(
        key="drift:input:width:trained_on",
        kind=Alert.Kind.DRIFT,
        sentence="Input: the width of pictures moved.",
        advice="Look whether something scales pictures.",
        images=[image.pk],
    )
    page = text(as_(people.admin), reverse("dashboard"))
    assert "Something moved: the width of pictures since" in page
    assert "Look whether something scales pictures." in page
    assert reverse("image-rendition", args=[image.pk, "thumb"]) in page


def test_ten_alerts_stand_on_it_the_gravest_first_and_the_rest_is_a_link_away(
    live: ModelVersion, people: People
) -> None:
    raise_alert(key="heartbeat", kind=Alert.Kind.HEARTBEAT, sentence="Nothing comes through.")
    for number in range(12):
        key = f"drift:input:width:{number}"
        raise_alert(key=key, kind=Alert.Kind.DRIFT, sentence=f"Width {number} moved.")
    page = text(as_(people.admin), reverse("dashboard"))
    assert page.count("alarmed bad") == 10
    assert page.index("Nothing comes through.</strong>") < page.index("Width 11 moved.")
    assert '<a href="/alerts/">3 more alerts</a>' in page


def test_the_live_part_answers_304_until_something_changes(
    live: ModelVersion, people: People
) -> None:
    client, address = as_(people.admin), reverse("dashboard-live")
    first = client.get(address)
    assert first.status_code == 200
    assert "<html" not in first.content.decode()
    assert "no-store" not in first.headers["Cache-Control"]
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    HourlyTally.objects.filter(key="ai").update(count=9)
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
@pytest.mark.parametrize(
    "address",
    [
        "/dashboard/live/",
        "/dashboard/charts/verdicts.csv",
        "/dashboard/charts/scores.json",
        COMPARE,
    ],
)
def test_only_administrators_get_in(people: People, who: str, address: str) -> None:
    assert as_(getattr(people, who)).get(address).status_code == 403


def test_a_chart_is_exported_as_csv_and_json(live: ModelVersion, people: People) -> None:
    client = as_(people.admin)
    answer = client.get("/dashboard/charts/verdicts.csv?range=24h")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="verdicts-24h.csv"'
    lines = answer.content.decode().splitlines()
    assert lines[0] == "From,AI,Human,Uncertain"
    assert len(lines) == 25
    assert lines[-1].endswith(",0.3,0.5,0.2")
    told = json.loads(client.get("/dashboard/charts/verdicts.json?range=30d").content)
    assert (told["chart"], told["range"], told["unit"]) == ("verdicts", "30d", "share")
    assert told["rows"][-1]["values"] == [0.3, 0.5, 0.2]


def test_a_chart_that_is_not_there_is_a_404(live: ModelVersion, people: People) -> None:
    assert as_(people.admin).get("/dashboard/charts/weather.csv").status_code == 404


def test_a_time_that_is_none_of_ours_is_seven_days(live: ModelVersion, people: People) -> None:
    page = text(as_(people.admin), f"{reverse('dashboard')}?range=1e9")
    assert 'href="/dashboard/?range=7d" aria-current="true"' in page


def judged(name: str, before: ModelVersion, after: ModelVersion, was: float, now: float) -> str:
    image = make_image(name)
    predict(image, before, was)
    predict(image, after, now)
    return str(image.pk)


def test_two_versions_are_shown_with_the_pictures_on_which_they_differ(
    live: ModelVersion, people: People
) -> None:
    before = make_version(1)
    figure = {"value": 0.9, "low": 0.8, "high": 0.95}
    ModelVersion.objects.filter(pk=before.pk).update(
        metrics={"gold": {"n": 60, "auroc": figure, "recall": figure}}
    )
    small, large, same = (
        judged(name, before, live, was, now)
        for name, was, now in (("a", 0.4, 0.5), ("b", 0.1, 0.9), ("c", 0.3, 0.3))
    )
    page = text(as_(people.admin), f"{COMPARE}?a=1&b=2")
    assert "Version 1 beside version 2" in page
    assert page.index(f"/images/{large}/") < page.index(f"/images/{small}/")
    assert f"/images/{same}/" not in page
    assert "Of the 3 newest pictures that both have judged." in page
    assert "On 60 pictures that no version learned from" in page
    assert "0.800 to 0.950" in page
    assert "It takes 20 settled pictures of each class" in page


def test_what_was_learned_from_does_not_make_a_version_look_right(
    live: ModelVersion, people: People
) -> None:
    before = make_version(1)
    for number in range(40):
        judged(f"{number}", before, live, 0.2, 0.1 if number % 2 else 0.95)
    images = list(before.predictions.values_list("image", flat=True))
    early = timezone.now() - timedelta(days=1)
    labels = [
        Label(image_id=pk, value="human" if place % 2 else "ai", settled_at=early)
        for place, pk in enumerate(images)
    ]
    Label.objects.bulk_create(labels)
    client = as_(people.admin)
    assert "Too few are settled." in text(client, f"{COMPARE}?a=1&b=2")
    Label.objects.update(gold=True)
    assert "on 40 settled pictures." in text(client, f"{COMPARE}?a=1&b=2")


@pytest.mark.parametrize("query", ["?a=1&b=9", "?a=9"])
def test_a_version_that_is_not_there_cannot_be_compared(
    live: ModelVersion, people: People, query: str
) -> None:
    make_version(1)
    assert as_(people.admin).get(COMPARE + query).status_code == 404


@pytest.mark.parametrize("query", ["", "?a=x&b=²"])
def test_without_two_versions_there_is_nothing_to_compare(
    live: ModelVersion, people: People, query: str
) -> None:
    assert "There are no two versions yet." in text(as_(people.admin), COMPARE + query)


def test_a_comparison_costs_the_same_however_many_pictures(
    live: ModelVersion, people: People, django_assert_num_queries: Queries
) -> None:
    before, client = make_version(1), as_(people.admin)
    for count in (2, 12):
        for number in range(count):
            judged(f"{count} {number}", before, live, 0.1, 0.9)
        with django_assert_num_queries(15):
            client.get(f"{COMPARE}?a=1&b=2")
