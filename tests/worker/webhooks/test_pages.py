"""The pages of webhooks."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.models import User
from tests.worker.conftest import People
from worker.models import WebhookDelivery, WebhookEndpoint
from worker.services.webhooks.by_hand import send_test
from worker.services.webhooks.endpoints import Wish, make_webhook
from worker.services.webhooks.switching import switch_off

pytestmark = pytest.mark.django_db

URL = "https://hooks.example/aivh"
POLLS = "hx-get="


def browse(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(answer: Any) -> str:
    return answer.content.decode()


@pytest.fixture
def hook(people: People) -> WebhookEndpoint:
    """The outsider's."""
    wish = Wish(url=URL, events=["image.classified"], description="Desk")
    return make_webhook(owner=people.outsider, wish=wish)[0]


def test_one_is_made_and_its_secret_shown_once(people: People) -> None:
    client = browse(people.outsider)
    assert "You have none yet." in text(client.get("/webhooks/"))
    made = client.post("/webhooks/", {"url": URL, "events": ["job.failed"]})
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in text(made)
    assert made.headers["Cache-Control"].startswith("max-age=0")
    for page in ("/webhooks/", f"/webhooks/{endpoint.pk}/"):
        shown = text(client.get(page))
        assert URL in shown
        assert endpoint.secret not in shown


def test_a_refused_address_names_the_setting_that_opens_it(people: People) -> None:
    client = browse(people.outsider)
    for url in ("http://10.0.0.1/x", "https://10.0.0.1/x"):
        answer = client.post("/webhooks/", {"url": url, "events": ["job.failed"]})
        assert (answer.status_code, "AIVH_WEBHOOK_NETWORKS" in text(answer)) == (400, True)
    assert not WebhookEndpoint.objects.exists()


def test_what_will_not_do_is_said_beside_what_was_typed(people: People) -> None:
    client = browse(people.outsider)
    answer = client.post("/webhooks/", {"url": "http://10.0.0.1/x", "events": ["job.failed"]})
    assert answer.status_code == 400
    page = text(answer)
    assert "must begin with https://" in page
    assert 'value="http://10.0.0.1/x"' in page
    assert re.search(r'value="job\.failed" checked', page)
    assert not WebhookEndpoint.objects.exists()


def test_everything_is_offered_to_administrators_alone(people: People) -> None:
    assert "drift.alerted" in text(browse(people.admin).get("/webhooks/"))
    page = text(browse(people.outsider).get("/webhooks/"))
    assert "drift.alerted" not in page
    assert 'name="everything"' not in page
    sent = {"url": URL, "events": ["job.failed"], "everything": "1"}
    browse(people.outsider).post("/webhooks/", sent)
    assert not WebhookEndpoint.objects.exists()


def test_it_is_changed_and_a_wrong_change_changes_nothing(
    hook: WebhookEndpoint, people: People
) -> None:
    client = browse(people.outsider)
    client.post(f"/webhooks/{hook.pk}/", {"url": URL + "2", "events": ["job.failed"]})
    hook.refresh_from_db()
    assert (hook.url, hook.events, hook.description) == (URL + "2", ["job.failed"], "")
    answer = client.post(f"/webhooks/{hook.pk}/", {"url": URL})
    assert (answer.status_code, "Choose of what" in text(answer)) == (400, True)
    hook.refresh_from_db()
    assert hook.url == URL + "2"


def test_the_owner_reads_why_it_is_off_and_switches_it_on(
    hook: WebhookEndpoint, people: People
) -> None:
    switch_off(endpoint_id=hook.pk, why="nothing has arrived for three days. It answered 500.")
    client = browse(people.outsider)
    page = text(client.get(f"/webhooks/{hook.pk}/"))
    assert "Switched off because nothing has arrived for three days. It answered 500." in page
    client.post(f"/webhooks/{hook.pk}/switch/", {"on": "1"})
    hook.refresh_from_db()
    assert hook.enabled
    client.post(f"/webhooks/{hook.pk}/switch/", {"on": "0"})
    hook.refresh_from_db()
    assert (hook.enabled, hook.disabled_why) == (False, "You switched it off.")


def test_the_messages_are_asked_for_again_while_one_is_on_its_way(
    hook: WebhookEndpoint, people: People
) -> None:
    client = browse(people.outsider)
    assert "Nothing was sent there" in text(client.get(f"/webhooks/{hook.pk}/"))
    client.post(f"/webhooks/{hook.pk}/test/")
    message = WebhookDelivery.objects.get()
    for address in ("", "log/"):
        assert POLLS in text(client.get(f"/webhooks/{hook.pk}/{address}"))
    WebhookDelivery.objects.update(
        state="failed", status=404, answer="<b>none</b>", error="It answered 404.", attempts=1
    )
    page = text(client.get(f"/webhooks/{hook.pk}/log/"))
    assert POLLS not in page
    assert "It answered 404." in page
    assert "&lt;b&gt;none&lt;/b&gt;" in page
    client.post(f"/webhooks/{hook.pk}/messages/{message.pk}/again/")
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)


def test_a_new_secret_is_shown_and_the_webhook_deleted(
    hook: WebhookEndpoint, people: People
) -> None:
    client = browse(people.outsider)
    page = text(client.post(f"/webhooks/{hook.pk}/secret/"))
    former = hook.secret
    hook.refresh_from_db()
    assert hook.secret != former
    assert hook.secret in page
    assert former not in page
    ask = f'action="/webhooks/{hook.pk}/secret/"'
    assert ask not in page, "while the former one still signs"
    assert ask not in text(client.get(f"/webhooks/{hook.pk}/"))
    assert client.post(f"/webhooks/{hook.pk}/secret/").status_code == 409
    WebhookEndpoint.objects.update(former_until=timezone.now())
    assert ask in text(client.get(f"/webhooks/{hook.pk}/"))
    client.post(f"/webhooks/{hook.pk}/delete/")
    assert not WebhookEndpoint.objects.exists()


def test_the_pages_ask_as_often_for_many_as_for_one(hook: WebhookEndpoint, people: People) -> None:
    client = browse(people.outsider)
    counts = []
    for number in (1, 5):
        while hook.deliveries.count() < number:
            send_test(webhook_id=hook.pk, by=people.outsider)
            WebhookDelivery.objects.update(state="failed")
            make_webhook(owner=people.outsider, wish=Wish(url=URL, events=["job.failed"]))
        with CaptureQueriesContext(connection) as seen:
            client.get("/webhooks/")
            client.get(f"/webhooks/{hook.pk}/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
