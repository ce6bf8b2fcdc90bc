"""A Google Cloud Storage emulator on loopback, with one empty bucket."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.requirements import ROOT
from tests.site import free_port, wait_for

BUCKET = "aivh-pictures"


@pytest.fixture(scope="session")
def gcs_emulator() -> Iterator[str]:
    """Start the emulator and give its address."""
    with running_emulator() as address:
        yield address


@contextmanager
def running_emulator(host: str = "127.0.0.1") -> Iterator[str]:
    """An emulator that listens on ``host`` as long as the block runs; gives its address."""
    port = free_port()
    emulator = [sys.executable, "-m", "tests.servers.storage_emulator", "start"]
    kept = ("--in-memory", "--quiet", "--default-bucket", BUCKET)
    server = subprocess.Popen(
        [*emulator, "--host", host, "--port", str(port), *kept],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://{host}:{port}"
    try:
        wait_for(lambda: server.poll() is not None or _answers(address))
        assert server.poll() is None, "the storage emulator did not start"
        yield address
    finally:
        server.kill()
        server.wait()


def stored_names(address: str, prefix: str = "") -> list[str]:
    """The names of the objects in the bucket."""
    listing = requests.get(
        f"{address}/storage/v1/b/{BUCKET}/o", params={"prefix": prefix}, timeout=10
    )
    return sorted(item["name"] for item in listing.json().get("items", []))


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/storage/v1/b/{BUCKET}/o", timeout=2).ok
    except requests.RequestException:
        return False
