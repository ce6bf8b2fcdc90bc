"""Traces for OpenTelemetry, where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says who takes them.

Without it nothing is imported and every function here returns at once. A trace runs from a request
through the tasks that it caused. It holds routes, ids and times; no body, no address, no person.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest, HttpResponse

from aivh import env
from aivh.logs.context import subjects_for_others
from aivh.metrics.requests import QUIET, kind_of, method_of, route_of

_tracer: Any = None
_open_tasks: dict[str, tuple[Any, Any]] = {}


def installed() -> bool:
    """Whether the extra ``otel`` is."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def start() -> Any:
    """Send spans to the endpoint from a thread of their own; a dead one delays nobody.

    Gives the SDK's provider, or None where nobody takes traces.
    """
    global _tracer  # noqa: PLW0603 (one for the process, as OpenTelemetry's own)
    if not env.OTEL_ENDPOINT or not installed():
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "aivh"}))
    exporter = OTLPSpanExporter(endpoint=f"{env.OTEL_ENDPOINT.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("aivh")
    return provider


@contextmanager
def request_span(request: HttpRequest) -> Iterator[Any]:
    """A span around the handling of a request; None where nobody takes it."""
    if _tracer is None or kind_of(route_of(request)) in QUIET:
        yield None
        return
    from opentelemetry.trace import SpanKind

    with _tracer.start_as_current_span(method_of(request), kind=SpanKind.SERVER) as span:
        yield span


def describe(span: Any, request: HttpRequest, response: HttpResponse) -> None:
    """Name the span by its route, which is known by now."""
    if span is None:
        return
    from opentelemetry.trace import StatusCode

    span.update_name(f"{method_of(request)} {route_of(request)}")
    span.set_attribute("http.request.method", method_of(request))
    span.set_attribute("http.route", route_of(request))
    span.set_attribute("http.response.status_code", response.status_code)
    _set_subjects(span)
    if response.status_code >= 500:
        span.set_status(StatusCode.ERROR)


def inject(headers: MutableMapping[str, Any]) -> None:
    """Let a task's headers say whose child it is."""
    if _tracer is not None:
        from opentelemetry import propagate

        propagate.inject(headers)


def begin_task(task_id: str, name: str, headers: Any) -> None:
    if _tracer is None:
        return
    from opentelemetry import context, propagate, trace

    sent = {"traceparent": str(headers.get("traceparent") or "")}
    span = _tracer.start_span(
        f"task {name}", context=propagate.extract(sent), kind=trace.SpanKind.CONSUMER
    )
    _open_tasks[task_id] = (span, context.attach(trace.set_span_in_context(span)))


def end_task(task_id: str, outcome: str) -> None:
    if _tracer is None or task_id not in _open_tasks:
        return
    from opentelemetry import context, trace

    span, token = _open_tasks.pop(task_id)
    context.detach(token)
    _set_subjects(span)
    span.set_attribute("aivh.outcome", outcome)
    if outcome == "failure":
        span.set_status(trace.StatusCode.ERROR)
    span.end()


def _set_subjects(span: Any) -> None:
    for name, value in subjects_for_others().items():
        span.set_attribute(f"aivh.{name}", value)
