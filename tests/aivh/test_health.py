"""``/health/live`` and ``/health/ready``: what machines ask each second, of the bare process."""

import threading
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from aivh import readiness
from aivh.readiness import Probe
from classifier import serving
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.serving import DetectorCache, registry, serving_detector
from tests.aivh.conftest import DatabaseAt
from tests.classifier.registry.conftest import spoil
from tests.site import free_port, wait_for
from tests.worker.small import small_bundle

committed = pytest.mark.django_db(transaction=True)  # the probes look through their own connections


@pytest.fixture(autouse=True)
def _a_process_that_just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 10.0)  # a busy machine is none that hangs
    for name in ("_database", "_broker", "_detector", "_fetching"):
        monkeypatch.setattr(readiness, name, Probe())
    monkeypatch.setattr(serving, "_cache", DetectorCache())
    serving._lies_whole.cache_clear()


@pytest.fixture
def version(transactional_db: None, tmp_path: Path) -> ModelVersion:
    bundle = small_bundle(tmp_path / "bundles" / "small-1")
    return promote_version(version=register_version(bundle=bundle.path))


def ready() -> tuple[int, list[str]]:
    answer = Client().get("/health/ready")
    body = answer.json()
    assert set(body) == {"status", "missing"}
    assert body["status"] == ("not ready" if body["missing"] else "ready")
    return answer.status_code, body["missing"]


def away(settings: LazySettings) -> None:
    """Let the broker's server be where nobody listens."""
    broken = settings.CACHES["default"] | {"LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    settings.CACHES = {"default": broken}


def test_live_touches_nothing(settings: LazySettings) -> None:
    """Neither database (this test has none) nor broker, nor a session."""
    away(settings)
    answer = Client(headers={"Cookie": "sessionid=whatever"}).get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@committed
@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_a_probe_knows_only_the_process_address(
    address: str, version: ModelVersion, settings: LazySettings
) -> None:
    """Plain HTTP at a name that is none of the site's, where people are sent to HTTPS."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["aivh.example"]
    client = Client(headers={"Host": "10.1.2.3:8000"})
    assert client.get(address).status_code == 200
    assert client.head(address).status_code == 200
    settings.SECURE_SSL_REDIRECT = False
    assert Client(headers={"Host": "10.1.2.3:8000"}).get("/health").status_code == 400


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_they_are_read_only(address: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(address)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_it_is_ready_with_a_version_that_lies_here_and_loads_nothing(
    version: ModelVersion,
) -> None:
    assert ready() == (200, [])
    assert not serving.is_loaded(version)


def test_it_is_ready_with_a_version_that_is_loaded(
    version: ModelVersion, settings: LazySettings, tmp_path: Path
) -> None:
    serving_detector()
    settings.REGISTRY_ROOT = tmp_path / "gone"
    assert ready() == (200, [])


@committed
def test_without_a_version_the_model_is_missing() -> None:
    assert ready() == (503, ["model"])


def test_a_bundle_that_loses_a_file_and_gets_it_back(
    version: ModelVersion, settings: LazySettings
) -> None:
    assert ready() == (200, [])
    head = settings.REGISTRY_ROOT / "bundles" / version.digest / "head.safetensors"
    kept = head.read_bytes()
    head.unlink()
    assert ready() == (503, ["model"])
    head.write_bytes(kept)
    assert ready() == (200, [])


def test_a_bundle_that_is_damaged_is_read_once(
    version: ModelVersion, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "FETCH_AGAIN_AFTER", 0.0)
    spoil(settings.REGISTRY_ROOT / "bundles" / version.digest / "backbone.onnx")
    assert [ready() for _ in range(3)] == [(503, ["model"])] * 3
    assert serving._lies_whole.cache_info().misses == 1


def test_a_version_that_lies_elsewhere_is_fetched_meanwhile(
    version: ModelVersion, settings: LazySettings, tmp_path: Path
) -> None:
    """Nobody sends pictures to a process that is not ready, so no picture would fetch it."""
    settings.BUNDLE_SHELF = "gs://pictures"
    registry().synchronise()
    settings.REGISTRY_ROOT = tmp_path / "another machine's"
    assert ready() == (503, ["model"])
    wait_for(lambda: ready() == (200, []))


def test_without_the_broker_that_is_missing(version: ModelVersion, settings: LazySettings) -> None:
    away(settings)
    assert ready() == (503, ["broker"])


@pytest.mark.django_db
def test_without_a_database_nobody_knows_the_model(
    database_at: DatabaseAt, settings: LazySettings
) -> None:
    database_at(f"postgres://me:opensesame@127.0.0.1:{free_port()}/aivh")
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "missing": ["database"]}
    assert answer.headers["Cache-Control"] == "no-store"
    away(settings)
    assert ready() == (503, ["database", "broker"])


@pytest.mark.django_db
def test_a_database_that_hangs_holds_one_thread_however_often_it_is_asked(
    database_at: DatabaseAt, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.1)
    database_at(f"postgres://me@127.0.0.1:{silent_port}/aivh")
    before = threading.active_count()
    assert [ready() for _ in range(5)] == [(503, ["database"])] * 5
    assert threading.active_count() <= before + 2  # one for the database; a broker's may linger
