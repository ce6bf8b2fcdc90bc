"""Alerts: once each, told to whom it concerns, taken in hand and muted by administrators."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from classifier.errors import NotAllowed
from classifier.vocabulary import Label
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import AuditEntry
from tests.races import RunModule
from tests.worker.conftest import People, make_image
from tests.worker.race import AT_ONCE
from tests.worker.small import picture
from worker.models import Alert, Delivery, Mute
from worker.services.alerts import (
    acknowledge_alert,
    mute_alert,
    raise_alert,
    resolve_alert,
    unmute_alert,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _webhook(settings) -> None:
    settings.ALERT_WEBHOOK_URL = "https://ops.example/x"


def find(sentence: str = "Pictures wait.") -> Alert:
    alert, _ = raise_alert(key="queue", kind=Alert.Kind.QUEUE, sentence=sentence)
    return alert


def told() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("event", "channel"))


def test_the_same_again_counts_up_and_tells_nobody_anew() -> None:
    first, again = find(), find("More wait.")
    assert first.pk == again.pk
    assert (again.count, again.sentence) == (2, "More wait.")
    assert told() == [("raised", "webhook")]


def test_it_shows_the_pictures_that_there_are_once_each() -> None:
    one, two = (make_image(picture(Label.AI, seed)) for seed in (1, 2))
    alert, _ = raise_alert(
        key="x", kind=Alert.Kind.DRIFT, sentence="x", images=[two.pk, uuid4(), one.pk, two.pk]
    )
    assert [shown.image_id for shown in alert.shown.all()] == [two.pk, one.pk]


def test_who_was_told_that_it_began_is_told_that_it_is_over() -> None:
    find()
    assert resolve_alert(key="queue")
    assert told() == [("raised", "webhook"), ("resolved", "webhook")]
    assert not resolve_alert(key="queue")
    assert find().pk != Alert.objects.earliest("pk").pk, "the same later is another alert"


def test_a_muted_key_is_raised_and_told_to_nobody(people: People) -> None:
    muted = find()
    mute_alert(alert_id=muted.pk, by=people.admin, duration="1 day")
    until = Mute.objects.get().until - timezone.now()
    assert timedelta(hours=23) < until <= timedelta(days=1)
    resolve_alert(key="queue")
    Delivery.objects.all().delete()
    find()
    resolve_alert(key="queue")
    assert told() == []
    Mute.objects.update(until=timezone.now())
    find()
    assert told() == [("raised", "webhook")]


def test_unmuting_lets_people_hear_again(people: People) -> None:
    alert = find()
    assert not unmute_alert(alert_id=alert.pk, by=people.admin)
    mute_alert(alert_id=alert.pk, by=people.admin, duration="1 hour")
    assert unmute_alert(alert_id=alert.pk, by=people.admin)
    assert not Mute.objects.exists()
    assert actions() == ["alert.muted", "alert.unmuted"]


def test_the_first_who_takes_it_in_hand_is_kept(people: People, administrator_too) -> None:
    alert = find()
    acknowledge_alert(alert_id=alert.pk, by=people.admin)
    acknowledge_alert(alert_id=alert.pk, by=administrator_too)
    alert.refresh_from_db()
    assert alert.acknowledged_by == people.admin
    assert actions() == ["alert.acknowledged"]


@pytest.fixture
def administrator_too():
    from tests.people import ADMINISTRATORS, make_person

    return make_person("kim", ADMINISTRATORS, is_staff=True)


DEEDS: list[Callable[..., object]] = [
    acknowledge_alert,
    unmute_alert,
    lambda **kwargs: mute_alert(duration="1 day", **kwargs),
]


@pytest.mark.parametrize("deed", DEEDS)
def test_only_administrators(people: People, deed: Callable[..., object]) -> None:
    alert = find()
    for person in (people.reviewer, people.outsider):
        with pytest.raises(NotAllowed):
            deed(alert_id=alert.pk, by=person)
    alert.refresh_from_db()
    assert (alert.acknowledged_at, Mute.objects.count(), actions()) == (None, 0, [])


@pytest.mark.parametrize("deed", DEEDS)
def test_what_there_is_not(people: People, deed: Callable[..., object]) -> None:
    with pytest.raises(NotFound):
        deed(alert_id=1, by=people.admin)


def test_one_that_is_over_needs_no_hand_and_no_odd_time_mutes(people: People) -> None:
    alert = find()
    with pytest.raises(InvalidRequest):
        mute_alert(alert_id=alert.pk, by=people.admin, duration="for ever")
    resolve_alert(key="queue")
    with pytest.raises(Conflict):
        acknowledge_alert(alert_id=alert.pk, by=people.admin)
    assert (Mute.objects.count(), actions()) == (0, [])


def test_of_many_at_once_one_raises_sends_ends_and_looks(run_module: RunModule) -> None:
    assert run_module("tests.worker.alert_race") == {
        "raising": {"True": 1, "False": AT_ONCE - 1, "count": AT_ONCE, "deliveries": 1},
        "delivering": {"1": 1, "0": AT_ONCE - 1, "sent": 1, "attempts": 1},
        "resolving": {"True": 1, "False": AT_ONCE - 1, "over": 1},
        "looking": {"1": 2, "0": 2 * (AT_ONCE - 1), "looks": 2, "alerts": 1, "count": 1},
    }


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
