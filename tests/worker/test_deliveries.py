"""Messages about alerts: what goes out, what comes back, and what happens where nothing does."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.errors import InvalidRequest
from labelling.models import User
from tests.servers.far import Far, running_far
from tests.worker.conftest import People
from worker.channels import Message, post
from worker.models import Alert, Delivery
from worker.posting import ANSWER_BYTES, NotDelivered
from worker.services.alerts import raise_alert, resolve_alert
from worker.services.deliveries import PAUSES, TRIES, deliver_due, send_test
from worker.signing import signature

pytestmark = pytest.mark.django_db

SECRET = "a secret of ours"
MESSAGE = Message("raised-1-0", "[aivh] Alert", "A < B & C", {"type": "alert.raised"})


@pytest.fixture
def far(settings) -> Iterator[Far]:
    with running_far() as far:
        settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = far.url, SECRET
        yield far


def find() -> Alert:
    alert, _ = raise_alert(
        key="queue", kind=Alert.Kind.QUEUE, sentence="Pictures wait.", link="/images/"
    )
    return alert


def test_a_webhook_gets_what_happened_signed_and_with_the_same_id_each_time(far: Far, settings):
    settings.SITE_URL = "https://aivh.example"
    alert, far.status = find(), 500
    deliver_due()
    begun, far.status = int(time.time()), 200
    assert deliver_due(now=timezone.now() + PAUSES[0]) == 1
    (first, _), (headers, body) = far.got
    assert first["webhook-id"] == headers["webhook-id"]
    told = json.loads(body)
    assert (told["type"], told["timestamp"]) == ("alert.raised", alert.raised_at.isoformat())
    assert told["data"] == {
        "id": alert.pk,
        "key": "queue",
        "kind": "queue",
        "sentence": "Pictures wait.",
        "advice": "",
        "link": "https://aivh.example/images/",
        "site": "https://aivh.example",
        "raised_at": alert.raised_at.isoformat(),
        "resolved_at": None,
    }
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert begun <= int(headers["webhook-timestamp"]) <= time.time()


def test_a_secret_in_the_spelling_of_standard_webhooks():
    """The example of its specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_without_a_secret_nothing_is_signed(far: Far, settings):
    settings.ALERT_WEBHOOK_SECRET = ""
    assert post("webhook", MESSAGE) == "It answered 200: ok"
    assert "webhook-signature" not in far.got[0][0]


def test_slack_reads_one_text(far: Far, settings):
    settings.ALERT_SLACK_URL = far.url
    assert post("slack", MESSAGE) == "It answered 200: ok"
    assert json.loads(far.got[0][1]) == {"text": "A &lt; B &amp; C"}


def test_a_mail_goes_to_administrators_with_an_address(people: People, mailing):
    find()
    assert not Delivery.objects.exists(), "nobody has one"
    User.objects.filter(pk=people.admin.pk).update(email="alex@mail.example")
    User.objects.filter(pk=people.reviewer.pk).update(email="robin@mail.example")
    resolve_alert(key="queue")
    find()
    assert deliver_due() == 1
    (mail,) = mailing.wait()
    assert (mail["to"], mail["subject"]) == ("alex@mail.example", "[aivh] Alert: queue")
    assert mail.get_content().strip() == "Pictures wait."


def test_or_to_those_that_are_named(mailing, settings):
    settings.ALERT_EMAILS = ["desk@mail.example", "chief@mail.example"]
    assert "desk@mail.example, chief@mail.example" in post("email", MESSAGE)
    mailing.refuses = True
    with pytest.raises(NotDelivered, match=r"did not take it\. It said 554"):
        post("email", MESSAGE)


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_what_is_no_success_is_none_and_no_redirect_is_followed(far: Far, status: int):
    far.status, far.location = status, far.url
    far.answer = b"x" * 5_000_000
    with pytest.raises(NotDelivered, match=f"It answered {status}: {'x' * ANSWER_BYTES}$"):
        post("webhook", MESSAGE)
    assert len(far.got) == 1


def test_of_a_giant_answer_the_beginning_is_read(far: Far):
    far.answer = b"x" * 5_000_000
    assert post("webhook", MESSAGE) == f"It answered 200: {'x' * ANSWER_BYTES}"


def test_a_server_that_hangs_costs_its_time_and_no_more(settings, silent_port: int):
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{silent_port}/hidden"
    with pytest.raises(NotDelivered, match=r"no answer within 0\.2 seconds"):
        post("webhook", MESSAGE, seconds=0.2)


def test_what_cannot_be_reached_is_said_without_its_address(settings, caplog):
    settings.ALERT_WEBHOOK_URL = "http://127.0.0.1:1/services/T0/secret"
    find()
    assert deliver_due() == 0
    assert Delivery.objects.get().error == "It could not be reached."
    assert "secret" not in caplog.text
    assert "did not arrive by webhook" in caplog.text


def test_it_is_tried_with_growing_pauses_and_given_up_in_words(far: Far):
    far.status = 503
    find()
    now = timezone.now()
    for pause in (timedelta(0), *PAUSES):
        now += pause
        assert deliver_due(now=now - timedelta(seconds=1)) == 0
        assert deliver_due(now=now) == 0
    assert len(far.got) == TRIES
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("failed", TRIES)
    assert row.error == "Given up after 7 tries. It answered 503: ok"
    assert deliver_due(now=now + timedelta(days=1)) == 0
    assert len(far.got) == TRIES


def test_one_that_died_in_its_last_try_is_given_up(far: Far):
    find()
    Delivery.objects.update(attempts=TRIES)
    assert deliver_due() == 0
    assert (Delivery.objects.get().state, far.got) == ("failed", [])


def test_that_it_is_over_waits_for_the_news_that_it_began(far: Far):
    far.status = 500
    find()
    deliver_due()
    resolve_alert(key="queue")
    deliver_due()
    assert len(far.got) == 1
    far.status = 200
    later = timezone.now() + PAUSES[0]
    deliver_due(now=later)
    deliver_due(now=later)
    types = [json.loads(body)["type"] for _, body in far.got]
    assert types == ["alert.raised", "alert.raised", "alert.resolved"]


def test_a_test_message_says_what_came_back(far: Far, people: People):
    assert send_test(channel="webhook", by=people.admin) == "It answered 200: ok"
    assert json.loads(far.got[0][1])["type"] == "alert.test"
    with pytest.raises(InvalidRequest):
        send_test(channel="slack", by=people.admin)
    for person in (people.reviewer, people.outsider):
        with pytest.raises(NotAllowed):
            send_test(channel="webhook", by=person)
    assert len(far.got) == 1
