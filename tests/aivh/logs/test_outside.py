"""Sentry and OpenTelemetry by setting, against a server that takes what they send."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from structlog.contextvars import bind_contextvars

from aivh import env
from aivh.logs import sentry, tasks, tracing
from worker.tasks import run_job

pytestmark = pytest.mark.django_db
Taken = list[tuple[str, bytes]]


class Taker(HTTPServer):
    """Takes whatever is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: Taken = []
        self.address = f"127.0.0.1:{self.server_port}"


class Taking(BaseHTTPRequestHandler):
    server: Taker

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        encoding = self.headers.get("Content-Encoding", "")
        self.server.taken.append((self.path, unpacked(body, encoding)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        import brotli  # type: ignore[import-untyped]

        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if encoding == "gzip" else body


@pytest.fixture
def taker() -> Iterator[Taker]:
    with Taker() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def breaks(monkeypatch) -> dict[str, Any]:
    """A page that sends a task and breaks with a secret in its words; the task's headers."""
    headers: dict[str, Any] = {}

    def surprise(*_: object, **__: object) -> None:
        bind_contextvars(image_id="5f0c")
        tasks.name_the_cause(headers=headers)
        password = "opensesame"
        raise ZeroDivisionError(f"token={password}")

    monkeypatch.setattr("labelling.pages.sharing.shared_link", surprise)
    return headers


def ask() -> None:
    client = Client(raise_request_exception=False)
    client.cookies["a"] = "opensesame"
    answer = client.get("/r/opensesame/?q=opensesame", headers={"X-Request-ID": "seen-1"})
    assert answer.status_code == 500


def test_sentry_gets_the_error_and_nobodys_secrets(taker, breaks, monkeypatch):
    import sentry_sdk

    monkeypatch.setattr(env, "SENTRY_DSN", f"http://key@{taker.address}/1")
    sentry.start()
    try:
        ask()
        sentry_sdk.flush(5)
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)

    [(path, body)] = taker.taken
    assert path == "/api/1/envelope/"
    assert b"opensesame" not in body
    event = json.loads(body.splitlines()[2])
    assert event["exception"]["values"][0]["type"] == "ZeroDivisionError"
    assert event["tags"] == {"request_id": "seen-1", "image_id": "5f0c"}
    assert not {"request", "user", "breadcrumbs", "extra", "server_name"} & set(event)


def test_a_collector_gets_a_trace_from_the_request_to_its_task(taker, breaks, monkeypatch):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    monkeypatch.setattr(env, "OTEL_ENDPOINT", f"http://{taker.address}/")
    monkeypatch.setattr(tracing, "_tracer", None)
    provider = tracing.start()
    assert provider is not None
    ask()
    asked = SimpleNamespace(name=run_job.name, run=run_job.run, request=breaks)
    tasks.begin(task_id="t-1", task=asked, args=(7,), kwargs={})
    tasks.end(task_id="t-1", task=asked, state="FAILURE")
    provider.shutdown()

    spans: dict[str, Any] = {}
    for path, body in taker.taken:
        assert path == "/v1/traces"
        assert b"opensesame" not in body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                spans |= {span.name: span for span in scope.spans}
    request, task = spans["GET /r/<str:token>/"], spans["task run_job"]
    assert (task.trace_id, task.parent_span_id) == (request.trace_id, request.span_id)
    told = {pair.key: pair.value.string_value for pair in request.attributes}
    assert (told["http.route"], told["aivh.request_id"]) == ("/r/<str:token>/", "seen-1")
    assert {pair.key: pair.value.string_value for pair in task.attributes} == {
        "aivh.request_id": "seen-1",
        "aivh.job_id": "7",
        "aivh.task": "run_job",
        "aivh.task_id": "t-1",
        "aivh.outcome": "failure",
    }


def test_without_their_settings_nothing_is_sent_along(breaks):
    assert tracing.start() is None
    ask()

    assert breaks == {"aivh_request_id": "seen-1"}
