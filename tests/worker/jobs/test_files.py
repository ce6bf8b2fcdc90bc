"""The files of exports: none is kept that nobody knows of, and none keeps another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.db.models import F
from django.test import Client
from django.utils import timezone

from labelling.models import User
from tests.labelling.programs import with_token
from tests.labelling.traces import stored_files
from tests.worker.jobs.conftest import Ask, run
from tests.worker.stubborn_storage import refuse_to_delete
from worker.models import Job
from worker.services.jobs import exporting
from worker.services.jobs.exporting import KEPT, discard_old_exports
from worker.services.jobs.files import MOST_FAILURES
from worker.services.jobs.work import Cancelled

pytestmark = pytest.mark.django_db
Kind, State = Job.Kind, Job.State


@pytest.fixture
def export(ask: Ask, outsider: User) -> Callable[[], Job]:
    """Ask for an export, and do it."""
    return lambda: run(ask(Kind.EXPORT, outsider, format="csv"))


def break_late(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Exports break when their file is stored, and not yet written down in the audit log."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(exporting, "_write_down", broken)


def a_week_later() -> None:
    Job.objects.update(finished_at=timezone.now() - KEPT - timedelta(minutes=1))


def test_what_was_stored_before_the_worker_was_lost_is_not_kept(
    export: Callable[[], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lost:
        break_late(lost, OperationalError("the database is away"))
        job = export()
    assert (job.state, job.has_file, stored_files()) == (State.RUNNING, False, [job.result])
    Job.objects.update(state=State.QUEUED)  # as the sweeper does
    job = run(job)
    assert (job.state, job.has_file, stored_files()) == (State.DONE, True, [job.result])
    a_week_later()
    assert (discard_old_exports(), stored_files()) == (1, [])


@pytest.mark.parametrize(
    ("error", "state"), [(RuntimeError(), State.FAILED), (Cancelled(), State.CANCELLED)]
)
def test_what_was_stored_in_vain_is_given_to_nobody_and_deleted(
    export: Callable[[], Job],
    outsider: User,
    monkeypatch: pytest.MonkeyPatch,
    client: Client,
    error: Exception,
    state: str,
) -> None:
    break_late(monkeypatch, error)
    job = export()
    assert (job.state, stored_files()) == (state, [job.result])
    client.force_login(outsider)
    assert client.get(f"/jobs/{job.pk}/result/").status_code == 404
    assert "Download" not in client.get(f"/jobs/{job.pk}/").content.decode()
    program = with_token(outsider)
    assert program.get(f"/api/v1/jobs/{job.pk}/").json()["file"] is None
    assert program.get(f"/api/v1/jobs/{job.pk}/file/").json()["code"] == "not_found"
    assert (discard_old_exports(), stored_files()) == (1, [])
    assert discard_old_exports() == 0


def test_a_worker_taken_for_dead_keeps_nothing_that_it_stores(
    export: Callable[[], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storing lasts so long that another one has the job by then, and a name of its own for it."""
    save = default_storage.save

    def slow(name: str, file: Any) -> str:
        Job.objects.update(claims=F("claims") + 1, result="exports/of-another.csv")
        return save(name, file)

    with monkeypatch.context() as slowly:
        slowly.setattr(default_storage, "save", slow)
        job = export()
    assert (job.state, job.result) == (State.RUNNING, "exports/of-another.csv")
    assert stored_files() == []


def test_a_file_that_cannot_be_deleted_keeps_no_other(
    export: Callable[[], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, *_ = [export().result for _ in range(3)]
    a_week_later()
    with monkeypatch.context() as broken:
        refuse_to_delete(broken, lambda name: name == stuck)
        assert (discard_old_exports(), stored_files()) == (2, [stuck])
        assert (discard_old_exports(), stored_files()) == (0, [stuck])
    assert (discard_old_exports(), stored_files()) == (1, [])


def test_where_the_storage_is_away_a_round_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3 * MOST_FAILURES):
        Job.objects.create(kind=Kind.EXPORT, state=State.FAILED, result=f"exports/{number}.csv")
    with monkeypatch.context() as away:
        asked = refuse_to_delete(away, lambda _: True)
        assert discard_old_exports() == 0
    assert len(asked) == MOST_FAILURES
    assert discard_old_exports() == 3 * MOST_FAILURES
