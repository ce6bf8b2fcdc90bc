"""A program of its own, run by ``test_races.py``: many threads at once on a real database."""

import ipaddress
import json
import time
from collections import Counter
from functools import partial
from socket import create_server

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from classifier.models import ModelVersion, VersionChange  # noqa: E402
from labelling.models import User  # noqa: E402
from tests.servers.far import Far, running_far  # noqa: E402
from tests.worker.race import race  # noqa: E402
from worker import posting  # noqa: E402
from worker.models import WebhookDelivery, WebhookEndpoint, WebhookEvent  # noqa: E402
from worker.services.webhooks import outcomes  # noqa: E402
from worker.services.webhooks.claiming import take_next  # noqa: E402
from worker.services.webhooks.delivering import serve, serve_soon  # noqa: E402
from worker.services.webhooks.endpoints import Wish, make_webhook  # noqa: E402
from worker.services.webhooks.events import spread_event  # noqa: E402

PATIENCE = 5.0  # seconds of one try


def listen(url: str) -> WebhookEndpoint:
    return make_webhook(owner=User.objects.get(), wish=Wish(url=url, events=["model.promoted"]))[0]


def happen() -> int:
    change = VersionChange.objects.get()
    return WebhookEvent.objects.create(kind="model.promoted", subject=str(change.pk)).pk


def spreading() -> dict[str, int]:
    """Every worker got the same event."""
    ended = race(partial(spread_event, event_id=happen()))
    return {"told": ended[repr({1})], "not told": ended[repr(set())], **waiting()}


def waiting() -> dict[str, int]:
    return {"messages": WebhookDelivery.objects.filter(state="waiting").count()}


def delivering_once(far: Far) -> dict[str, int]:
    """Every worker serves the same endpoint, and one message is there for each of two workers."""
    for _ in range(3):
        spread_event(event_id=happen())
    race(partial(serve, endpoint_id=WebhookEndpoint.objects.get().pk))
    counted = Counter(headers["webhook-id"] for headers, _ in far.got)
    return {"arrived": len(counted), "most": max(counted.values()), **waiting()}


def lanes() -> dict[str, int]:
    """Eight workers serve an endpoint for which eight messages wait: four are under way at once."""
    endpoint = listen("http://127.0.0.1:1/")
    events = [happen() for _ in range(8)]
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint=endpoint, event_id=event, payload={}, next_at=timezone.now())
        for event in events
    )
    ended = race(lambda: take_next(endpoint.pk) is not None)
    WebhookEvent.objects.filter(pk__in=events).delete()
    endpoint.delete()
    return {"taken": ended["True"], "left": ended["False"]}


def hanging(far: Far) -> dict[str, bool]:
    """One endpoint takes connections and never says a word. The others do not wait for it."""
    with create_server(("127.0.0.1", 0)) as silent:
        hangs = listen(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        well = WebhookEndpoint.objects.exclude(pk=hangs.pk).get()
        spread_event(event_id=happen())
        before = len(far.got)
        serve_soon(hangs.pk)
        while not WebhookDelivery.objects.filter(endpoint=hangs, held_until__isnull=False).exists():
            time.sleep(0.01)
        serve_soon(well.pk)
        while len(far.got) == before:
            time.sleep(0.01)
        row = hangs.deliveries.get()
        quick = row.error == ""
        while row.error == "":
            time.sleep(0.05)
            row.refresh_from_db()
    return {"quick": quick, "noted": row.error == "There was no answer within 5 seconds."}


if __name__ == "__main__":
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    posting.SECONDS = PATIENCE
    outcomes.send = lambda *_, **__: True
    User.objects.create_user("rosa")
    version = ModelVersion.objects.create(number=1, digest="race", state="production")
    VersionChange.objects.create(version=version, before="", after="production")
    with running_far() as far:
        listen(far.url)
        ended = {
            "spreading": spreading(),
            "delivering": delivering_once(far),
            "lanes": lanes(),
            "hanging": hanging(far),
        }
        print(json.dumps(ended))
