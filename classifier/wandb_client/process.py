"""What makes a process of its own out of the client: its words, its environment, its end."""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

_PR_SET_PDEATHSIG = 1


class Conversation:
    """Lines of JSON: what we are told comes on standard input, what we say goes to the output.

    Whatever else is printed goes to standard error.
    """

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def requests(self) -> Iterator[Json]:
        """Yield what is asked until whoever asks is gone."""
        while line := sys.stdin.readline():
            yield json.loads(line)

    def say(self, answer: Json) -> None:
        self._out.write(json.dumps(answer, default=str) + "\n")
        self._out.flush()


def die_with_parent() -> None:
    """Should the process that asked be killed, nobody stops us, but Linux does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def set_environment(wanted: Mapping[str, str]) -> None:
    """Let wandb see these variables and, of its own, no others; proxies and such stay."""
    environment = os.environ
    for name in [name for name in environment if name.startswith("WANDB_")]:
        del environment[name]
    environment.update(wanted)
