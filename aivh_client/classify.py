"""``aivh classify``: a verdict for each file, in the order in which they were named."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from aivh_client.connection import Connection
from aivh_client.errors import Refused
from aivh_client.names import sayable
from aivh_client.pictures import IMAGES, hand_in, read_picture

LONGEST_WAIT = 10.0  # seconds of one request; the server allows 30, but Ctrl-C waits for it
FIRST_REST, LONGEST_REST = 0.25, 2.0  # seconds between two looks where it lets nobody wait


@dataclass(frozen=True)
class Verdict:
    """What the site says of one file; ``code`` and ``detail`` where it says nothing."""

    file: str
    verdict: str = ""
    probability_ai: float | None = None
    reasons: list[str] = field(default_factory=list)
    model_version: int | None = None
    contradiction: bool | None = None  # the file says otherwise of its origin
    id: str = ""
    page: str = ""
    code: str = ""
    detail: str = ""


def classify(
    connection: Connection, paths: Iterable[Path], *, threads: int, seconds: float
) -> Iterator[Verdict]:
    """Hand in and wait up to ``seconds`` for each finding. Raises ClientError for what ends all."""
    ask = partial(_classify, connection, seconds=seconds)
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from pool.map(ask, paths)
        except BaseException:
            connection.pace.stop()
            raise


def _classify(connection: Connection, path: Path, *, seconds: float) -> Verdict:
    file = sayable(path)
    try:
        body = _decided(connection, path, time.monotonic() + seconds)
    except Refused as error:
        return Verdict(file, code=error.code, detail=error.detail)
    return verdict_of(file, body)


def _decided(connection: Connection, path: Path, end: float) -> dict[str, Any]:
    """The picture once it is decided, or as it stands at ``end``."""
    data, key, rest = read_picture(path), uuid4().hex, FIRST_REST
    wait, due = _next_wait(end)
    body = hand_in(connection, data=data, name=path.name, key=key, wait=wait)
    while body["state"] == "waiting" and time.monotonic() < end:
        # Too soon: as many wait there as may, and whoever comes after them is answered at once.
        connection.pace.pause(min(rest, max(due - time.monotonic(), 0)))
        rest = min(2 * rest, LONGEST_REST)
        wait, due = _next_wait(end)
        body = connection.get(f"{IMAGES}{body['id']}/", wait=f"{wait:g}")
    return body


def _next_wait(end: float) -> tuple[float, float]:
    """How long the server shall wait, and when it has."""
    now = time.monotonic()
    due = min(now + LONGEST_WAIT, max(now, end))
    return due - now, due


def verdict_of(file: str, body: dict[str, Any]) -> Verdict:
    """What there is to say of a picture of the API's."""
    known = Verdict(file, id=body["id"], page=body["page"])
    if found := body["finding"]:
        return replace(
            known,
            verdict=found["verdict"],
            probability_ai=found["probability_ai"],
            reasons=found["reasons"],
            model_version=found["model_version"],
            contradiction=body["contradiction"],
        )
    code, detail = _why_none(body)
    return replace(known, code=code, detail=detail)


def _why_none(body: dict[str, Any]) -> tuple[str, str]:
    if body["failure"]:
        return body["failure"]["code"], body["failure"]["detail"]
    if body["blind"]:
        return "blind", "You have still to answer for this picture, so the verdict is hidden."
    return "waiting", "It is stored; the verdict is not there yet."
