"""A site of its own in a folder, for work that must not touch the real one."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aivh import env
from aivh.supervisor import valkey
from classifier.errors import AivhError

STARTS_WITHIN, STOPS_WITHIN = 30.0, 10.0  # seconds


class NoServer(AivhError):
    """The embedded Valkey did not start."""

    code = "valkey_missing"


@contextmanager
def lone_site(folder: Path, additions: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run a Valkey in ``folder`` and give the environment for ``manage.py`` on a site there.

    ``additions`` are further variables. Raises NoServer, ServerMissing.
    """
    home = folder.resolve()
    socket = env.redis_socket(home)
    valkey.make_folders(socket=socket, folder=home / "valkey")
    server = subprocess.Popen(valkey.server_command(socket=socket, folder=home / "valkey"))
    try:
        _wait_for(server, socket)
        yield env.lone_environment(home, additions)
    finally:
        server.terminate()
        try:
            server.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", socket: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not valkey.answers(socket):
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoServer("Valkey does not answer. Its lines above say why.")
        time.sleep(0.02)
