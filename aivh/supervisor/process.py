"""One child process with all that it starts: none of them outlives us."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial

from aivh import env
from aivh.supervisor.log import Log
from aivh.supervisor.parts import Part

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class Process:
    """A part while it runs. Start it from the main thread only.

    Linux sends the parent's death signal when the thread that forked ends, not the process.
    """

    def __init__(self, part: Part, log: Log) -> None:
        us = os.getpid()
        self._child = subprocess.Popen(
            [sys.executable if word == "python" else word for word in part.command],
            cwd=env.BASE_DIR,
            env=env.child_environment(part.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the children get their orders from us
            preexec_fn=lambda: _die_with(us),  # noqa: PLW1509 (one system call, bound before)
        )
        assert self._child.stdout is not None
        follow = partial(log.follow, self._child.stdout, part=part.name, hushed=part.hushed)
        threading.Thread(target=follow, daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; -9 means that signal 9 ended it."""
        return self._child.poll()

    def terminate(self) -> None:
        """Ask it to end. Its own children are its own to ask."""
        with suppress(ProcessLookupError):
            self._child.terminate()

    def kill(self) -> None:
        """End it and everything that it left in its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def _die_with(parent: int) -> None:
    """In the child: be killed when ``parent`` dies, however it dies."""
    if _prctl is None:
        return
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)
