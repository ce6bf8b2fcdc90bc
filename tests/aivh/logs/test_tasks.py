"""One line for each task, which names the request that caused it."""

import logging
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import RequestFactory
from structlog.contextvars import bind_contextvars, get_contextvars

from aivh.logs import tasks
from aivh.logs.context import about
from tests.aivh.logs.lines import written
from worker.tasks import classify, run_job, sweep


def run(task, *args, headers=None, state="SUCCESS"):
    """The two signals that Celery sends around a task."""
    asked = SimpleNamespace(name=task.name, run=task.run, request=headers or {})
    tasks.begin(task_id="t-1", task=asked, args=args, kwargs={})
    bound = get_contextvars()
    bind_contextvars(model_version=4)
    tasks.end(task_id="t-1", task=asked, state=state)
    return bound


def test_the_request_travels_in_the_headers():
    headers: dict[str, object] = {}
    with about(RequestFactory().get("/"), "asked-1"):
        tasks.name_the_cause(headers=headers)
    assert headers["aivh_request_id"] == "asked-1"

    image = str(uuid4())
    with written() as lines:
        bound = run(classify, image, headers={**headers, "aivh_sent_at": 0.0})

    assert bound["request_id"] == "asked-1"
    (told,) = lines.of("aivh.tasks")
    assert told["wait_seconds"] > 1_000
    assert 0 <= told["run_seconds"] < told["wait_seconds"]
    assert {name: told[name] for name in ("request_id", "image_id", "task", "task_id")} == {
        "request_id": "asked-1",
        "image_id": image,
        "task": "classify",
        "task_id": "t-1",
    }
    assert (told["outcome"], told["model_version"]) == ("success", 4)


def test_a_task_of_the_clock_names_no_request_and_leaves_nothing():
    headers: dict[str, object] = {}
    tasks.name_the_cause(headers=headers)
    assert headers == {}

    with written() as lines:
        run(run_job, 12, state="FAILURE")

    (told,) = lines.of("aivh.tasks")
    assert (told["job_id"], told["outcome"]) == (12, "failure")
    assert "request_id" not in told
    assert told["wait_seconds"] is None
    assert get_contextvars() == {}


def test_a_task_that_runs_within_a_request_gives_it_back():
    with about(RequestFactory().get("/"), "asked-1"):
        run(run_job, 12)
        assert get_contextvars() == {"request_id": "asked-1"}


@pytest.mark.parametrize("hostile", ["a\nb", "x" * 65, 7])
def test_an_id_in_the_headers_is_looked_at_too(hostile):
    bound = run(run_job, 12, headers={"aivh_request_id": hostile})

    assert bound.get("request_id") != hostile


def test_arguments_that_do_not_fit_are_left_to_the_task():
    assert "job_id" not in run(run_job, 1, 2, 3)


def test_what_the_clock_sends_is_told_where_it_went_wrong():
    with written() as lines:
        run(sweep)
        run(sweep, state="FAILURE")
    assert [told["outcome"] for told in lines.of("aivh.tasks")] == ["failure"]

    with written(level=logging.DEBUG) as lines:
        run(sweep)
    assert [told["outcome"] for told in lines.of("aivh.tasks")] == ["success"]
