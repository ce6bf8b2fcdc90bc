"""Handing one picture in."""

import stat
from pathlib import Path
from typing import Any

from aivh_client.connection import Connection
from aivh_client.errors import Refused
from aivh_client.names import sayable

IMAGES = "/api/v1/images/"
LARGEST = 20 * 1024 * 1024  # bytes; the server would read as much before it refuses
TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


def read_picture(path: Path) -> bytes:
    """Raises Refused for what cannot be read or is too large to be sent."""
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):  # to read a pipe could wait for ever
            raise Refused("This is no plain file.", code="unreadable")
        if told.st_size > LARGEST:
            raise Refused("The file has more than 20 MB.", code="too_large")
        return path.read_bytes()
    except OSError as error:
        raise Refused(error.strerror or str(error), code="unreadable") from error


def hand_in(
    connection: Connection, *, data: bytes, name: str, key: str, wait: float = 0
) -> dict[str, Any]:
    """The picture as the API tells it. Raises Refused for what is no picture, ClientError."""
    kind = TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    query = {"wait": f"{wait:g}"} if wait else {}
    body: dict[str, Any] = connection.post(
        IMAGES, key=key, params=query, files={"file": (sayable(name), data, kind)}
    )
    return body
