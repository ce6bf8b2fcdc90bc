"""The client, in folders of the test's own and with next to no time between two tries."""

from pathlib import Path

import pytest

from aivh_client import classify, pace
from aivh_client.account import Account
from aivh_client.connection import Connection
from tests.servers.scripted import Scripted


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the client keeps what it keeps; nobody is signed in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("AIVH_URL", raising=False)
    monkeypatch.delenv("AIVH_TOKEN", raising=False)
    monkeypatch.setattr(pace, "FIRST", 0.01)
    monkeypatch.setattr(classify, "FIRST_REST", 0.01)
    return tmp_path


@pytest.fixture
def connection(scripted: Scripted) -> Connection:
    return Connection(Account(scripted.url, "secret"), patience=0.2)


@pytest.fixture
def signed_in(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """As in a pipeline: by the environment."""
    monkeypatch.setenv("AIVH_URL", scripted.url)
    monkeypatch.setenv("AIVH_TOKEN", "secret")
    return scripted


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name in ("cat.jpg", "dog.png"):
        Path(name).write_bytes(name.encode())
    return ["cat.jpg", "dog.png"]
