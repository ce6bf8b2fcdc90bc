"""The page of alerts, the line on every page, and the count in the menu."""

import pytest
from django.test import Client
from django.utils import timezone

from classifier.vocabulary import Label
from labelling.models import User
from tests.worker.conftest import People, make_image
from tests.worker.small import picture
from worker.models import Alert, Delivery, Mute
from worker.posting import NotDelivered
from worker.services import deliveries
from worker.services.alerts import acknowledge_alert, raise_alert, resolve_alert
from worker.services.stalls import tell
from worker.silence import Trouble

pytestmark = pytest.mark.django_db

LINE = 'id="stalled"'


def browse(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def find(key: str = "queue", **more: object) -> Alert:
    said = {"kind": Alert.Kind.QUEUE, "sentence": f"Found: {key}.", **more}
    return raise_alert(key=key, **said)[0]  # type: ignore[arg-type]


def test_while_no_picture_comes_through_every_page_says_so(people: People) -> None:
    tell(Trouble.WORKER)
    for person in (people.admin, people.reviewer, people.outsider):
        page = browse(person).get("/jobs/").content.decode()
        assert LINE in page
        assert ("What to do" in page) == (person == people.admin)
    assert LINE not in Client().get("/accounts/login/").content.decode()


def test_taken_in_hand_or_over_the_line_is_gone(people: People) -> None:
    tell(Trouble.WORKER)
    acknowledge_alert(alert_id=Alert.objects.get().pk, by=people.admin)
    assert LINE not in browse(people.outsider).get("/jobs/").content.decode()
    resolve_alert(key="heartbeat")
    tell(Trouble.CLOCK)
    assert LINE in browse(people.outsider).get("/jobs/").content.decode()
    resolve_alert(key="heartbeat")
    assert LINE not in browse(people.outsider).get("/jobs/").content.decode()


def test_other_alerts_are_no_line_on_every_page(people: People) -> None:
    find()
    assert LINE not in browse(people.admin).get("/jobs/").content.decode()


def test_administrators_see_in_the_menu_how_many_are_in_nobodys_hands(people: People) -> None:
    counted = 'Alerts <span class="count figures">2<'
    find("a"), find("b"), acknowledge_alert(alert_id=find("c").pk, by=people.admin)
    find("d")
    resolve_alert(key="d")
    assert counted in browse(people.admin).get("/jobs/").content.decode()
    assert "Alerts" not in browse(people.reviewer).get("/jobs/").content.decode()


def test_what_is_open_comes_first(people: People) -> None:
    find("first")
    find("second")
    resolve_alert(key="second")
    page = browse(people.admin).get("/alerts/").content.decode()
    assert page.index("Found: first.") < page.index("Found: second.")
    drift = browse(people.admin).get("/alerts/?kind=drift").content.decode()
    assert "Found:" not in drift
    assert "Nothing of this kind was ever found wrong." in drift


def test_an_alert_shows_all_that_is_known(people: People, settings) -> None:
    settings.ALERT_WEBHOOK_URL = "https://ops.example/secret-path"
    there, gone = (make_image(picture(Label.AI, seed)) for seed in (1, 2))
    alert = find(advice="Look at them.", link="/images/", images=[there.pk, gone.pk])
    gone.deleted_at = timezone.now()
    gone.save()
    Delivery.objects.update(state="failed", error="Given up after 7 tries. It answered 500.")
    Mute.objects.create(key="queue", until=timezone.now() + timezone.timedelta(days=1))
    acknowledge_alert(alert_id=alert.pk, by=people.admin)
    page = browse(people.admin).get("/alerts/").content.decode()
    for words in (
        "Look at them.",
        'href="/images/"',
        f"/images/{there.pk}/",
        "Webhook: Given up after 7 tries. It answered 500.",
        "alex took it in hand",
        "Muted until",
        "ops.example",
    ):
        assert words in page
    assert str(gone.pk) not in page
    assert "secret-path" not in page


def test_the_list_asks_as_often_for_many_as_for_one(
    people: People, settings, django_assert_num_queries
) -> None:
    settings.ALERT_WEBHOOK_URL = "https://ops.example/x"
    client = browse(people.admin)
    image = make_image(picture(Label.AI, 1))
    for keys in (["a"], ["b", "c", "d", "e"]):
        for key in keys:
            acknowledge_alert(alert_id=find(key, images=[image.pk]).pk, by=people.admin)
        with django_assert_num_queries(13):
            client.get("/alerts/")


def test_the_buttons(people: People) -> None:
    alert, client = find(), browse(people.admin)
    client.post(f"/alerts/{alert.pk}/mute/", {"for": "1 week"})
    assert Mute.objects.get().by == people.admin
    client.post(f"/alerts/{alert.pk}/unmute/")
    assert not Mute.objects.exists()
    client.post(f"/alerts/{alert.pk}/acknowledge/")
    alert.refresh_from_db()
    assert alert.acknowledged_by == people.admin


def test_a_test_message_says_on_the_page_what_came_back(
    people: People, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALERT_SLACK_URL = "https://slack.example/x"
    client = browse(people.admin)
    monkeypatch.setattr(deliveries, "post", lambda *_, **__: "It answered 200: ok")
    page = client.post("/alerts/test/slack/", follow=True).content.decode()
    assert "The test by Slack was sent. It answered 200: ok" in page

    def refused(*_: object, **__: object) -> str:
        raise NotDelivered("It answered 404.")

    monkeypatch.setattr(deliveries, "post", refused)
    page = client.post("/alerts/test/slack/", follow=True).content.decode()
    assert "The test by Slack did not arrive. It answered 404." in page
