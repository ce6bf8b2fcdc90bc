"""Our end of the talk with the process that knows Weights & Biases."""

import json
import selectors
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from classifier.errors import RegistryUnavailable
from classifier.registry import WandbSettings
from classifier.registry.wandb import client_environment, kill_group

_CLIENT = (sys.executable, "-P", str(Path(__file__).with_name("wandb_run_client.py")))


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
                _CLIENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
            )
        self.tell(
            {
                **request,
                "environment": client_environment(settings, self.scratch),
                "timeout": settings.timeout,
            }
        )

    def tell(self, request: Mapping[str, Any]) -> None:
        """Send one line and wait for nothing."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request, default=str).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise RegistryUnavailable(f"The Weights & Biases client stopped: {error}") from error

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
