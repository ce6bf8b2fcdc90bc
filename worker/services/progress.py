"""Telling the run's row how far it is, and hearing from it whether to go on."""

import time

from worker.services.lease import Lease

INTERVAL = 0.5  # seconds between two writes, unless the step changes


class Abandoned(Exception):
    """The run is no longer ours: somebody cancelled it, or it was given to another worker."""


class Reporter:
    """Writes progress of one run. Raises Abandoned when it was cancelled or taken away."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._step = ""
        self._written = float("-inf")

    def __call__(self, share: float, step: str) -> None:
        now = time.monotonic()
        if step == self._step and now - self._written < INTERVAL:
            return
        self._step, self._written = step, now
        if not self._lease.write(progress=share, step=step[:120]):
            raise Abandoned
