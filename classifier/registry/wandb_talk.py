"""Our end of the talk with the process that knows Weights & Biases."""

import json
import os
import select
import selectors
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from classifier.errors import RegistryUnavailable
from classifier.registry.wandb import CLIENT, WandbSettings, client_environment, kill_group

# So many seconds a training waits for the client to take one line.
PATIENCE = 10.0


class WandbTalk:
    """A process that runs as long as what it tells about. Raises RegistryUnavailable.

    The wandb client and its service live and end there, with an environment and a scratch folder
    of their own.
    """

    def __init__(self, settings: WandbSettings, request: Mapping[str, Any]) -> None:
        self._settings = settings
        self._scratch = TemporaryDirectory(prefix="aivh-wandb-")
        self.scratch = Path(self._scratch.name)
        with (self.scratch / "stderr").open("w") as complaints:
            self._process = subprocess.Popen(
                CLIENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
            )
        os.set_blocking(self._pipe(), False)
        self.tell(
            {
                **request,
                "environment": client_environment(settings, self.scratch),
                "timeout": settings.timeout,
            }
        )

    def tell(self, request: Mapping[str, Any]) -> None:
        """Send one line. A client that is too busy to take it is waited for a little."""
        line = json.dumps(request, default=str).encode() + b"\n"
        deadline = time.monotonic() + PATIENCE
        try:
            while line:
                self._wait_for_room(deadline)
                line = line[os.write(self._pipe(), line) :]
        except (OSError, ValueError) as error:
            raise RegistryUnavailable(f"The Weights & Biases client stopped: {error}") from error

    def _wait_for_room(self, deadline: float) -> None:
        """The pipe holds some 60,000 letters of what the client has not come to yet."""
        _, writable, _ = select.select([], [self._pipe()], [], max(deadline - time.monotonic(), 0))
        if not writable:
            raise RegistryUnavailable("The Weights & Biases client takes nothing more.")

    def _pipe(self) -> int:
        """The client's standard input. Raises ValueError where it is closed."""
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    def hear(self, *, limit: float) -> dict[str, Any]:
        """Wait at most ``limit`` seconds for one answer."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(limit):
                raise RegistryUnavailable(
                    f"Weights & Biases did not answer within {limit:g} seconds."
                )
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": self._last_words()}
        if "error" in answer:
            raise RegistryUnavailable(f"Weights & Biases could not be used: {answer['error']}")
        return dict(answer)

    def end(self) -> None:
        """End the process and everything that it started; the scratch folder goes, too."""
        kill_group(self._process.pid)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        self._process.wait()
        self._scratch.cleanup()

    def _last_words(self) -> str:
        lines = (self.scratch / "stderr").read_text().strip().splitlines()
        return lines[-1] if lines else "it said nothing"
