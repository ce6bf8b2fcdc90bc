"""Real servers that are as wrong as a test wants them, and a version that answers."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from aivh import env
from aivh.supervisor import valkey
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from tests.site import wait_for
from tests.worker.small import small_bundle

NOBODY = 65534
StartServer = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def version(db: None, tmp_path: Path) -> ModelVersion:
    bundle = small_bundle(tmp_path / "bundles" / "small-1")
    return promote_version(version=register_version(bundle=bundle.path))


@pytest.fixture
def start_valkey(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartServer]:
    """``start_valkey("--maxmemory", "1mb")``: a server with these options in the place of ours."""
    with ExitStack() as stack:

        def start(*options: str) -> "subprocess.Popen[bytes]":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aivh-valkey-")))
            socket = folder / "valkey.sock"
            command = [*valkey.server_command(socket=socket, folder=folder), *options]
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            stack.callback(server.wait)
            stack.callback(server.kill)
            wait_for(socket.exists)
            monkeypatch.setattr(env, "REDIS_URL", f"unix://{socket}")
            return server

        yield start


@contextmanager
def as_nobody() -> Iterator[None]:
    """Whoever runs the tests as root may write everywhere; for a while somebody else runs them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
