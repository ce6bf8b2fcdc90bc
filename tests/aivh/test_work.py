"""``manage.py work``: what a worker finds on its machine, what it misses, and what it becomes."""

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import current_app
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from aivh import env, needs
from aivh.supervisor import parts
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from tests.migrated import forget_newest_migration
from tests.site import free_port
from tests.worker.small import small_bundle

pytestmark = pytest.mark.django_db

Replaced = list[tuple[str, list[str], dict[str, str]]]


@pytest.fixture
def version(db: None, tmp_path: Path) -> ModelVersion:
    bundle = small_bundle(tmp_path / "bundles" / "small-1")
    return promote_version(version=register_version(bundle=bundle.path))


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """What the command would have become. The test's own process stays itself."""
    found: Replaced = []
    monkeypatch.setattr(os, "execve", lambda *become: found.append(become))
    monkeypatch.setattr("aivh.management.commands.work.connections.close_all", lambda: None)
    return found


def work(*words: str) -> str:
    out = io.StringIO()
    call_command("work", *words, stdout=out)
    return out.getvalue()


def refused(*words: str) -> tuple[str, str]:
    """What was found, and the sentence with which the command ends."""
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("work", *words, stdout=out)
    return out.getvalue(), str(error.value)


def test_it_says_what_it_found(version: ModelVersion, replaced: Replaced) -> None:
    said = work("training", "--check")
    assert "MISSING" not in said
    assert [line.split(":")[0].split()[-1] for line in said.splitlines()] == [
        "database", "broker", "pictures", "detector", "fine-tuning",
    ]  # fmt: skip
    assert "ok      detector: version 1" in said
    assert "a worker on another machine needs a bucket" in said
    assert replaced == []


@pytest.mark.parametrize(
    ("words", "becomes"),
    [
        (["inference"], parts.worker(processes=env.INFERENCE_PROCESSES)),
        (["inference", "--processes", "3", "--name", "two"], parts.worker(processes=3, name="two")),
        (["training"], parts.trainer()),
        (["training", "--name", "night"], parts.trainer(name="night")),
        (["jobs"], parts.jobs()),
        (["jobs", "--name", "long"], parts.jobs(name="long")),
    ],
)
def test_it_becomes_the_worker_that_up_would_start(
    version: ModelVersion, replaced: Replaced, words: list[str], becomes: tuple[str, ...]
) -> None:
    said = work(*words)
    [(program, command, environment)] = replaced
    assert (program, command) == (sys.executable, [sys.executable, *becomes[1:]])
    assert environment["AIVH_DATA_DIR"] == str(env.DATA_DIR)
    assert f"Taking work from the queue {words[0]}." in said


def test_without_a_version_it_does_not_start(replaced: Replaced) -> None:
    said, error = refused("inference")
    assert "MISSING detector: No version of the detector is in production yet." in said
    assert error == "This worker cannot start; see detector above."
    assert replaced == []


def test_a_version_that_no_other_machine_can_have(
    version: ModelVersion, settings: LazySettings, tmp_path: Path
) -> None:
    settings.REGISTRY_ROOT = tmp_path / "another machine's"
    said, _ = refused("inference")
    assert "MISSING detector: Version 1 cannot be had here" in said
    assert "GS_BUCKET_NAME" in said


def test_a_broker_that_does_not_answer(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = f"redis://:secret@127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(current_app, "connection_for_read", lambda: current_app.connection(closed))
    said, error = refused("inference")
    assert "MISSING broker: redis://:**@127.0.0.1:" in said
    assert "Is REDIS_URL right?" in said
    assert "secret" not in said
    assert error == "This worker cannot start; see broker above."


def test_tables_that_are_older_than_the_code(version: ModelVersion) -> None:
    forget_newest_migration("worker")
    said, _ = refused("training")
    assert "MISSING database: Its tables are older than this code. Run `manage.py prepare`" in said


def test_tables_that_are_newer_than_the_code(version: ModelVersion) -> None:
    MigrationRecorder(connection).record_applied("worker", "9999_of_tomorrow")
    said, _ = refused("training")
    assert "MISSING database: Its tables are newer than this code." in said


def test_a_bucket_that_cannot_be_read(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(folder: str) -> None:
        raise PermissionError("403 for aivh-worker")

    monkeypatch.setattr(env, "GS_BUCKET_NAME", "pictures")
    monkeypatch.setattr(needs, "default_storage", SimpleNamespace(listdir=forbidden))
    said, _ = refused("inference")
    assert "MISSING pictures: The bucket pictures cannot be read (403 for aivh-worker)." in said


def test_a_training_worker_without_torch_still_refits(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "find_spec", lambda name: None)
    said = work("training", "--check")
    assert "ok      fine-tuning: not here, refits only, because torch is not installed" in said


def test_no_process_is_no_worker(version: ModelVersion, replaced: Replaced) -> None:
    with pytest.raises(CommandError, match="at least one process"):
        work("inference", "--processes", "0")
    assert replaced == []
