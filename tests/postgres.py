"""A Postgres server of the tests' own, on a unix socket in a folder that goes with it."""

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

from tests.requirements import require_postgres

OWNER = "postgres"  # Postgres refuses to run as root; Debian's package makes this user


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The folder of the socket of a server that stops with the session."""
    with running_postgres(require_postgres()) as socket:
        yield socket


@pytest.fixture
def postgres_url(postgres_server: Path) -> str:
    """The DATABASE_URL of an empty database of the test's own."""
    return new_database(postgres_server)


def new_database(server: Path, *, template: str = "template1") -> str:
    """Make a database like ``template``, to which nobody may be connected; gives its URL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(
        host=str(server), user="aivh", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return f"postgres://aivh@{quote(str(server), safe='')}/{name}"


@contextmanager
def running_postgres(
    binaries: Path, *, settings: Mapping[str, str] | None = None, hosts: Sequence[str] = ()
) -> Iterator[Path]:
    """Start a server; gives the folder of its socket, where the user ``aivh`` may do everything.

    ``settings`` lie over ours, which listen to no network; ``hosts`` are lines for pg_hba.conf.
    The file ``log`` in the folder is the server's.
    """
    folder = Path(tempfile.mkdtemp(prefix="aivh-postgres-"))
    if os.getuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    _run(binaries / "initdb", "-D", data, "-U", "aivh", "-A", "trust", "-N", "-E", "UTF8")
    with (data / "pg_hba.conf").open("a") as rules:
        rules.writelines(f"{line}\n" for line in hosts)
    ours = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
    chosen = {**ours, **(settings or {})}
    options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in chosen.items())
    try:
        _run(binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        yield folder
    finally:
        _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str | Path) -> None:
    """Run one of Postgres' programs, as its own user where we are root."""
    user = OWNER if os.getuid() == 0 else None
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, f"{Path(command[0]).name} failed"
