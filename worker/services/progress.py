"""Telling the run's row how far it is, and hearing from it whether to go on."""

import time

from django.utils import timezone

from worker.models import TrainingRun

INTERVAL = 0.5  # seconds between two writes, unless the step changes


class Abandoned(Exception):
    """The run is no longer ours: the sweeper took us for dead and failed it."""


class Reporter:
    """Writes progress and the heartbeat of one run. Raises Abandoned when it was taken away."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run
        self._step = ""
        self._written = float("-inf")

    def __call__(self, share: float, step: str) -> None:
        now = time.monotonic()
        if step == self._step and now - self._written < INTERVAL:
            return
        self._step, self._written = step, now
        running = TrainingRun.objects.filter(pk=self._run.pk, state=TrainingRun.State.RUNNING)
        if not running.update(progress=share, step=step[:120], heartbeat_at=timezone.now()):
            raise Abandoned
