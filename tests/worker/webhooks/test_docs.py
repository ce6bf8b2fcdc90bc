"""What docs/webhooks.md shows works as it stands there, and its tables are the code's."""

import http.server
import re
import threading
import time
from typing import Any

import pytest

from labelling.models import User
from tests.requirements import ROOT
from tests.site import free_port
from tests.worker.webhooks.conftest import LOOPBACK, Hook, happen
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.services.webhooks.delivering import serve
from worker.services.webhooks.endpoints import Wish, make_webhook
from worker.services.webhooks.tries import BACKOFF
from worker.signing import signed_headers

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
CHECK, RECEIVER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def names() -> dict[str, Any]:
    """What the first example defines."""
    defined: dict[str, Any] = {}
    exec(CHECK, defined)
    return defined


def test_the_check_takes_what_is_ours_and_nothing_else(names: dict[str, Any]) -> None:
    is_ours = names["is_ours"]
    headers = signed_headers("msg_1", b"{}", [SECRET])
    assert is_ours(headers, b"{}", SECRET)
    assert not is_ours(headers, b"{ }", SECRET)
    assert not is_ours({**headers, "webhook-id": "msg_2"}, b"{}", SECRET)
    assert not is_ours(headers, b"{}", "whsec_AAAA")
    late = str(int(time.time()) - 301)
    assert not is_ours({**headers, "webhook-timestamp": late}, b"{}", SECRET)
    assert not is_ours({}, b"{}", SECRET), "nor one without any signature, without breaking"
    for name in headers:
        assert not is_ours({**headers, name: "é"}, b"{}", SECRET)
    both = signed_headers("msg_1", b"{}", ["whsec_AAAA", SECRET])
    assert is_ours(both, b"{}", SECRET), "while the former secret signs beside the new one"


@pytest.mark.django_db
def test_the_receiver_takes_each_message_once(
    names: dict[str, Any], hook: Hook, outsider: User, version, settings, monkeypatch
) -> None:
    settings.WEBHOOK_NETWORKS = [LOOPBACK]
    worked_on: list[dict[str, Any]] = []
    breaks = iter([True, False])

    def work_on(message: dict[str, Any]) -> None:
        if next(breaks):
            raise RuntimeError("Our receiver breaks at the first message that it works on.")
        worked_on.append(message)

    names |= {"PORT": free_port(), "work_on": work_on}
    endpoint, names["SECRET"] = make_webhook(
        owner=outsider,
        wish=Wish(url=f"http://127.0.0.1:{names['PORT']}/", events=["model.promoted"]),
    )
    servers: list[http.server.HTTPServer] = []
    ready = threading.Event()

    class Noted(http.server.HTTPServer):
        def server_activate(self) -> None:
            super().server_activate()
            servers.append(self)
            ready.set()

    monkeypatch.setattr(http.server, "HTTPServer", Noted)
    thread = threading.Thread(target=exec, args=(RECEIVER, names), daemon=True)
    thread.start()
    assert ready.wait(60)
    happen("model.promoted", version.changes.get(after="production").pk)
    for arrived in (0, 1, 1):
        assert serve(endpoint_id=endpoint.pk) == arrived
        WebhookDelivery.objects.update(state="waiting", next_at=endpoint.created_at)
        WebhookEndpoint.objects.update(rests_until=None)
    assert [message["type"] for message in worked_on] == ["model.promoted"]
    assert WebhookDelivery.objects.get().status == 204
    names["SECRET"] = SECRET
    assert serve(endpoint_id=endpoint.pk) == 0
    assert WebhookDelivery.objects.get().status == 401
    servers[0].shutdown()
    servers[0].server_close()
    thread.join(60)


def test_the_tables_list_every_kind_of_event() -> None:
    kinds = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", PAGE, re.MULTILINE)
    assert kinds == [*WebhookEvent.Kind.values] * 2


def test_the_pauses_are_those_of_the_code() -> None:
    hours = "1, 2, 4, 8, 12, 20 and 25 hours"
    assert f"after 5 and 30 seconds, 2, 10 and 30 minutes, {hours}: 13 tries" in PAGE
    told = [5, 30, 120, 600, 1800, *(3600 * n for n in (1, 2, 4, 8, 12, 20, 25))]
    assert [pause.total_seconds() for pause in BACKOFF.pauses] == told
