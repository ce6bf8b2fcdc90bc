"""Programs of the tests' own, forked from a process that has imported what all of them import.

To import Django, numpy and the like takes three quarters of such a program's start. What reads our
settings is not imported beforehand: each program has an environment and a database of its own. Nor
is onnxruntime: a fork of a process that has it ends with a fault.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from tests.requirements import ROOT

IMPORTED = (
    "celery",
    "django.contrib.staticfiles.storage",
    "django.core.management",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.models",
    "django.forms",
    "django.http",
    "django.template",
    "numpy",
    "onnx",
    "PIL.Image",
    "pytest",
    "redis",
    "requests",
    "rest_framework",
    "structlog",
    "whitenoise.storage",
)


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it wrote."""

    code: int
    output: str
    errors: str


class Nursery:
    """A process that forks one program after the other. It ends with its standard input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        folder: Path,
        seconds: int,
    ) -> Ended:
        """Run ``python -m module`` with the arguments; what it writes goes through the folder.

        One that takes longer than ``seconds`` is ended by SIGALRM: its code is -14.
        """
        output, errors = folder / "output", folder / "errors"
        asked = {
            "module": module,
            "arguments": arguments,
            "environment": dict(environment),
            "seconds": seconds,
            "streams": [os.devnull, str(output), str(errors)],
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the process that forks has ended"
        return Ended(int(answer), output.read_text(), errors.read_text())

    def close(self) -> None:
        """End it with all that it has forked."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


def serve() -> None:
    """Fork a program for each line, and answer with its exit code."""
    for name in IMPORTED:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(**json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(
    *,
    module: str,
    arguments: list[str],
    environment: dict[str, str],
    seconds: int,
    streams: list[str],
) -> None:
    """Run the program here, as if Python had just been started for it."""
    signal.alarm(seconds)
    for number, path in enumerate(streams):
        stream = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve()
