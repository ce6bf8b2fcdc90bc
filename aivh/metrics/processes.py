"""What the processes counted and Redis holds, and the queues and workers of that moment."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from aivh.metrics.counters import (
    HTTP_BOUNDS,
    HTTP_SECONDS,
    REQUESTS,
    SUM,
    TASK_BOUNDS,
    TASK_SECONDS,
    TASK_WAIT,
    TASKS,
    Counts,
    field_of,
    parts_of,
)
from aivh.metrics.requests import KINDS
from aivh.metrics.shipping import OTHER, shipped
from aivh.metrics.tasks import OUTCOMES, task_names
from labelling.liveness import worker_is_silent
from worker.broker import QUEUES, UNREACHABLE, depth


def processes() -> Iterator[Metric]:
    """Where Redis does not answer, ``aivh_redis_up`` is 0 and the others have no series."""
    counts = shipped()
    up = GaugeMetricFamily("aivh_redis_up", "1 when it answers.", value=float(counts is not None))
    yield up
    if counts is None:
        return
    yield requests(counts)
    yield histogram(
        counts,
        HTTP_SECONDS,
        "aivh_http_request_duration_seconds",
        "Until the answer began.",
        ("kind", KINDS, HTTP_BOUNDS),
    )
    names = task_names()
    yield outcomes(counts, names)
    for name, metric, words in (
        (TASK_SECONDS, "aivh_task_duration_seconds", "How long a task ran."),
        (TASK_WAIT, "aivh_task_wait_seconds", "From when it was due until it began."),
    ):
        yield histogram(counts, name, metric, words, ("task", names, TASK_BOUNDS))
    yield from queues()


def requests(counts: Counts) -> Metric:
    family = CounterMetricFamily(
        "aivh_http_requests", "Requests answered.", labels=["route", "method", "status"]
    )
    for field, count in counts.items():
        name, *labels = parts_of(field)
        if name == REQUESTS:
            family.add_metric(labels, count)
    return family


def outcomes(counts: Counts, names: Sequence[str]) -> Metric:
    family = CounterMetricFamily(
        "aivh_tasks", "Tasks by how they ended.", labels=["task", "outcome"]
    )
    for task in names:
        for outcome in (*OUTCOMES.values(), OTHER):
            family.add_metric([task, outcome], counts.get(field_of(TASKS, task, outcome), 0))
    return family


def histogram(
    counts: Counts,
    name: str,
    metric: str,
    words: str,
    labelled: tuple[str, Sequence[str], Sequence[float]],
) -> Metric:
    """``labelled`` is the label's name, its values, and the buckets' upper bounds."""
    label, values, bounds = labelled
    family = HistogramMetricFamily(metric, words, labels=[label])
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for field, count in counts.items():
        of, *rest = parts_of(field)
        if of == name:
            found[rest[0]][rest[1]] = count
    for value in values:
        if value not in found:  # what never was has no series: most tasks are rare
            continue
        edges = [*(str(float(bound)) for bound in bounds), "+Inf"]
        total, buckets = 0.0, []
        for place, edge in enumerate(edges):
            total += found[value].get(str(place), 0.0)
            buckets.append((edge, total))
        family.add_metric([value], buckets, found[value].get(SUM, 0.0))
    return family


def queues() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("aivh_queue_depth", "Tasks in nobody's hands.", labels=["queue"])
    workers = GaugeMetricFamily("aivh_worker_up", "1 when one was seen lately.", labels=["queue"])
    for queue in QUEUES:
        try:
            waiting.add_metric([queue], depth(queue))
        except UNREACHABLE:
            break  # the others would make the scrape wait as long
        workers.add_metric([queue], not worker_is_silent(queue))
    yield from (waiting, workers)
