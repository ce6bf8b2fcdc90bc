"""The ground that all tests stand on: a folder of their own and a real Valkey server.

The environment is set before Django reads it, so that neither your ``.env`` nor your ``var/`` is
ever touched by a test.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DATA_DIR = Path(tempfile.mkdtemp(prefix="aivh-tests-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
for name in [name for name in os.environ if name.startswith(("AIVH_", "WANDB_"))]:
    if name != "AIVH_REQUIRE_ALL":
        del os.environ[name]
for name in ("REDIS_URL", "DATABASE_URL", "GS_BUCKET_NAME", "STORAGE_EMULATOR_HOST"):
    os.environ.pop(name, None)
# Tests start hundreds of processes. Each would compile all of our code anew, more than a second.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# At least as many processes as cores are at work. Threads that wait for each other would take time.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["AIVH_ENV_FILE"] = os.devnull
os.environ["AIVH_DATA_DIR"] = str(DATA_DIR)
os.environ["AIVH_AUDIT_SHARE"] = "0"  # no test hangs on a draw that it has not asked for
os.environ["AIVH_BIND_HOST"] = "127.0.0.1"
os.environ["DJANGO_SETTINGS_MODULE"] = "aivh.settings"
(DATA_DIR / "static").mkdir()

import django  # noqa: E402

django.setup()

from django.core.cache import cache  # noqa: E402
from structlog.contextvars import clear_contextvars  # noqa: E402

from aivh import env  # noqa: E402
from aivh.supervisor import valkey  # noqa: E402
from labelling.cache import breaker as cache_breaker  # noqa: E402
from worker import broker  # noqa: E402
from worker.services import signs_of_life  # noqa: E402

if env.DATA_DIR != DATA_DIR:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the settings were read too early.")

pytest_plugins = [
    # Each before those that import it, else its assertions are not explained.
    "tests.together",
    "tests.brightness",
    "tests.postgres",
    "tests.migrated",
    "tests.initial_rows",
    "tests.forked",
    "tests.arriving",
    "tests.people",
    "tests.races",
    "tests.site",
    "tests.servers.gcs",
    "tests.servers.scripted",
    "tests.servers.silent",
    "tests.servers.smtp",
]


def pytest_configure(config: pytest.Config) -> None:
    """Start pytest-xdist's workers without our settings in their environment.

    pytest-django would read them before this file runs there, and all workers would stand on one
    ground and empty one cache under each other's tests.
    """
    if config.getoption("numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(scope="session", autouse=True)
def valkey_server() -> Iterator[Path]:
    """A Valkey server for broker and cache, as ``manage.py up`` starts it; gives its socket."""
    socket, folder = env.redis_socket(), DATA_DIR / "valkey"
    valkey.make_folders(socket=socket, folder=folder)
    server = subprocess.Popen(valkey.server_command(socket=socket, folder=folder))
    deadline = time.monotonic() + 60
    while not valkey.answers(socket):
        assert server.poll() is None, "Valkey did not start"
        assert time.monotonic() < deadline, "Valkey did not answer within a minute"
        time.sleep(0.02)
    yield socket
    server.kill()
    server.wait()


@pytest.fixture(autouse=True)
def silent_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread writes beside a test that asks for none, however long the test takes.

    While a test's transaction is open nobody else can write. A run's thread would try to after ten
    seconds, wait for twenty, and everything that the run has to write would wait for the thread.
    """
    monkeypatch.setattr(signs_of_life, "BEAT", 3600.0)


@pytest.fixture(autouse=True)
def clean_site(settings, tmp_path: Path) -> None:
    """Every test begins with empty folders and an empty cache; hashing is quick, pages need no
    collected static files, and what passes the gate answers at once, without a time in shadow."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.REGISTRY_ROOT = tmp_path / "registry"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.SHADOW_PICTURES = 0
    for server in (cache_breaker, broker.breaker):
        server.forget()
    clear_contextvars()  # what is said of one test's picture is not said of another's
    cache.clear()
