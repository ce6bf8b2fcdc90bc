"""Django code that runs beside a site, one snippet after the other: one start of Django for all.

``python -m tests.shell``, in the site's environment, reads a snippet from each line, as JSON, and
answers with what it printed and with the traceback that it ended in, if any.
"""

import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO

from tests.requirements import ROOT


class Shell:
    """A process that runs what it is given. It ends with its standard input, so it outlives no test
    that is killed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.shell"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str) -> str:
        """Run ``code`` and return what it printed; where it raised, fail with its traceback."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            print(json.dumps(code), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        assert line, "the shell ended"
        answer = json.loads(line)
        assert not answer["error"], answer["error"]
        return str(answer["printed"])

    def close(self) -> None:
        self._process.communicate(timeout=60)


def serve() -> None:
    """Answer line by line. What the code's own children or C parts print goes to the errors."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer_to(json.loads(line))), file=answers, flush=True)


def answer_to(code: str) -> dict[str, str]:
    """Run one snippet with names of its own. As after a request, no connection stays open."""
    from django.db import connections

    printed, error = StringIO(), ""
    with redirect_stdout(printed):
        try:
            exec(code, {"__name__": "snippet"})
        except Exception:
            error = traceback.format_exc()
    connections.close_all()
    return {"printed": printed.getvalue(), "error": error}


if __name__ == "__main__":
    serve()
