"""One Redis, one Postgres and one bucket on the bridge, and what the machines run on them."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import redis

from aivh.supervisor.valkey import find_server
from tests.postgres import running_postgres
from tests.requirements import ROOT, require_postgres
from tests.scaleout.network import Machine, Network
from tests.servers.gcs import BUCKET, running_emulator
from tests.site import free_port, wait_for

# Who wrote a prediction, as Postgres' own log tells it: "from=10.187.2.3 ... INSERT INTO ...".
WRITER = re.compile(r'^from=(\S+) .*INSERT INTO "labelling_prediction"', re.MULTILINE)


@dataclass
class Worker:
    """A process group on a machine, and what it has said."""

    machine: Machine
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def kill(self) -> None:
        """SIGKILL to all of it at once, as when the power goes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)


@dataclass
class Cluster:
    """What the machines share. ``environment`` is the site's, without a data folder."""

    network: Network
    folder: Path
    postgres_log: Path
    environment: dict[str, str]
    workers: list[Worker] = field(default_factory=list)

    def on(self, machine: Machine, **changes: str) -> dict[str, str]:
        """The environment over there: the data folder is the machine's own."""
        return self.environment | {"AIVH_DATA_DIR": str(self.folder / machine.name)} | changes

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` on the site's own machine and return what it said."""
        environment = self.environment | {"AIVH_DATA_DIR": str(self.folder / "site")}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code)

    def check(self, machine: Machine, **changes: str) -> subprocess.CompletedProcess[str]:
        """``manage.py work inference --check`` over there."""
        return subprocess.run(
            machine.command(sys.executable, "manage.py", "work", "inference", "--check"),
            cwd=ROOT, env=self.on(machine, **changes), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    def start_worker(self, machine: Machine) -> Worker:
        """``manage.py work inference`` over there, ready to take work when this returns."""
        work = ["manage.py", "work", "inference", "--name", machine.name]
        process = subprocess.Popen(
            machine.command(sys.executable, *work), cwd=ROOT,
            env=self.on(machine), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        worker = Worker(machine, process)
        self.workers.append(worker)
        threading.Thread(target=_follow, args=(worker,), daemon=True).start()
        wait_for(lambda: self._waits_for_work(machine) or _ended(worker), timeout=90)
        return worker

    def query(self, question: str) -> list[tuple[Any, ...]]:
        """The rows that Postgres answers with."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(question.encode()).fetchall()

    def writers(self, *, since: int = 0) -> Counter[str]:
        """How many predictions were written from each address, after the log's byte ``since``."""
        return Counter(WRITER.findall(self.postgres_log.read_bytes()[since:].decode()))

    def mark(self) -> int:
        """Where Postgres' log ends now."""
        return self.postgres_log.stat().st_size

    def _waits_for_work(self, machine: Machine) -> bool:
        """Whether somebody over there stands at Redis and waits for tasks."""
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as client:
            return any(
                one["addr"].startswith(f"{machine.address}:") and one["cmd"] == "brpop"
                for one in client.client_list()
            )


@contextmanager
def running_cluster(network: Network) -> Iterator[Cluster]:
    """Start the three services on the bridge's address; they and all workers end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="aivh-cluster-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres, log = stack.enter_context(_postgres(network))
        cluster = Cluster(
            network,
            folder,
            log,
            os.environ
            | {
                "DATABASE_URL": postgres,
                "REDIS_URL": stack.enter_context(_redis(network, folder / "redis")),
                "STORAGE_EMULATOR_HOST": stack.enter_context(running_emulator(network.address)),
                "GS_BUCKET_NAME": BUCKET,
                "AIVH_SECRET_KEY": uuid4().hex * 2,
            },
        )
        try:
            yield cluster
        finally:
            for worker in cluster.workers:
                worker.kill()


@contextmanager
def _redis(network: Network, folder: Path) -> Iterator[str]:
    """A Redis, or the Valkey that comes with the site, behind a password."""
    folder.mkdir()
    port, password = free_port(), uuid4().hex
    program = shutil.which("redis-server") or str(find_server())
    server = subprocess.Popen(
        [program, "--bind", network.address, "--port", str(port), "--requirepass", password,
         "--dir", str(folder), "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"redis://:{password}@{network.address}:{port}/0"
    finally:
        server.kill()
        server.wait()


@contextmanager
def _postgres(network: Network) -> Iterator[tuple[str, Path]]:
    """An empty database behind a password, and the log that tells who wrote what."""
    port, password = free_port(), uuid4().hex
    settings = {
        "listen_addresses": network.address,
        "port": str(port),
        "log_statement": "mod",
        "log_line_prefix": "from=%h ",
    }
    hosts = [f"host all all {network.range} scram-sha-256"]
    with running_postgres(require_postgres(), settings=settings, hosts=hosts) as socket:
        with psycopg.connect(
            host=str(socket), port=port, user="aivh", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute("CREATE DATABASE aivh")
            connection.execute(f"ALTER USER aivh PASSWORD '{password}'".encode())
        yield f"postgres://aivh:{password}@{network.address}:{port}/aivh", socket / "log"


def wrong(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """A change to the environment: the password in the address ``name`` is another one."""
    return {name: re.sub(r":[0-9a-f]{32}@", ":not-the-password@", environment[name])}


def _follow(worker: Worker) -> None:
    assert worker.process.stdout is not None
    for line in worker.process.stdout:
        worker.lines.append(line.rstrip("\n"))


def _ended(worker: Worker) -> bool:
    assert worker.process.poll() is None, worker.log
    return False
