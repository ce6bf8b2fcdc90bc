"""A server that takes connections and never says a word: worse than one that is dead."""

import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The port of such a server on 127.0.0.1. Whoever waits for it is let go with the test."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield server.getsockname()[1]
