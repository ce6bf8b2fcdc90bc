"""What must be true before anything starts: the folder is ours alone and the port is free."""

import errno
import fcntl
import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifier.errors import AivhError


class CannotStart(AivhError):
    """The site cannot start here; the message says what to do."""

    code = "cannot_start"


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data folder. Raises CannotStart where another ``up`` holds it.

    The system lets go of the lock when we die, so nothing is left to clear away.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with open(data_dir / "up.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"The site already runs on {data_dir}. Stop it first, or name another folder "
                "with AIVH_DATA_DIR."
            ) from None
        yield


def check_port(host: str, port: int) -> None:
    """Raises CannotStart, in words, where the web server could not bind."""
    if not 1 <= port <= 65535:
        raise CannotStart(f"{port} is not a port. Choose one from 1 to 65535.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise CannotStart(f"{host}:{port} is not an address of this machine.") from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CannotStart(_why(error.errno, host, port)) from None


def _why(number: int | None, host: str, port: int) -> str:
    if number == errno.EADDRINUSE:
        return f"Port {port} is taken. Choose another one, for example --port {port + 10}."
    if number == errno.EACCES:
        return f"You may not use port {port}. Choose one above 1023, for example --port 8000."
    return f"{host}:{port} is not an address of this machine."


def web_answers(host: str, port: int) -> bool:
    """Whether the web server answers; any status is an answer."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(reachable, port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()
