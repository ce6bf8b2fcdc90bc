"""What benchmarks stand on: a database of their own, and how they take the time."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote

import psutil

from tests.postgres import running_postgres
from tests.requirements import require_postgres

SETTINGS = {"shared_buffers": "512MB", "work_mem": "16MB", "maintenance_work_mem": "512MB"}
SQLITE = "sqlite"


@contextmanager
def ground(database: str = "") -> Iterator[None]:
    """Set Django up on a folder of its own, with all tables made, for as long as the block runs.

    ``database`` is the DATABASE_URL of one that is there already, ``sqlite``, or empty for a
    Postgres that is started here and goes with the block.
    """
    with tempfile.TemporaryDirectory(prefix="aivh-benchmark-") as folder, ExitStack() as stack:
        if not database:
            socket = stack.enter_context(running_postgres(require_postgres(), settings=SETTINGS))
            database = f"postgres://aivh@{quote(str(socket), safe='')}/postgres"
        os.environ |= {"AIVH_DATA_DIR": folder, "AIVH_ENV_FILE": os.devnull}
        os.environ["AIVH_LOG_LEVEL"] = "ERROR"
        os.environ["DATABASE_URL"] = "" if database == SQLITE else database
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")
        _set_up()
        yield


def _set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def analyse() -> None:
    """Let the database look at its tables, as its own housekeeping would in time."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def timed(work: Callable[..., Any], *of: Any, **named: Any) -> tuple[Any, float]:
    """What it returns, and the milliseconds."""
    began = time.perf_counter()
    done = work(*of, **named)
    return done, 1000 * (time.perf_counter() - began)


def processor_time() -> float:
    """Milliseconds that this process and Postgres' for its connection have worked so far.

    On a machine that others use, too, this is what the work would take with nobody beside it. The
    system counts in steps of 10 ms.
    """
    from django.db import connection

    connection.ensure_connection()
    processes = [psutil.Process()]
    if connection.vendor == "postgresql":
        processes.append(psutil.Process(connection.connection.info.backend_pid))
    return 1000 * sum(sum(process.cpu_times()[:2]) for process in processes)
