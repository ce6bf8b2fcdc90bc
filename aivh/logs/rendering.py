"""The two looks of a line: JSON for programs, words for people."""

import json
from collections.abc import Iterable

from structlog.typing import EventDict, WrappedLogger

from aivh.logs.fields import FIELDS

FIRST = ("timestamp", "level", "logger", "event")
# What the words of a line's event say already, and what only programs join by.
UNSPOKEN = ("method", "route", "status", "ms", "bytes", "outcome", "wait_seconds", "run_seconds")
SPOKEN = tuple(name for name in FIELDS if name not in (*UNSPOKEN, "task", "task_id"))


def as_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    """One object in one line, its fields in a fixed order."""
    return json.dumps(_ordered(event, (*FIRST, *FIELDS)), ensure_ascii=False)


def as_text(_: WrappedLogger, __: str, event: EventDict) -> str:
    """``12:00:01 warning  words  image_id=…``; a traceback stands indented below it."""
    clock = str(event.get("timestamp", ""))[11:19]
    level = str(event.get("level", ""))
    about = " ".join(f"{name}={event[name]}" for name in SPOKEN if event.get(name) is not None)
    line = f"{clock} {level:<7} {event.get('event', '')}{f'  {about}' if about else ''}"
    below = str(event.get("exception", "")).splitlines()
    return "\n".join([line, *(f"    {told}" for told in below)])


def _ordered(event: EventDict, order: Iterable[str]) -> EventDict:
    known = {name: event[name] for name in order if name in event}
    return {**known, **event}
