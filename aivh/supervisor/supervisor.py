"""Starts the parts, starts again what dies, stops all of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from aivh.supervisor.log import Log
from aivh.supervisor.parts import Part
from aivh.supervisor.process import Process

FIRST_PAUSE = 0.5  # seconds before a part that died is started again; doubled each time
LONGEST_PAUSE = 10.0
STEADY = 30.0  # a part that ran this long had no trouble starting
GRACE = 10.0  # seconds to end by itself before it is killed
TICK = 0.05


@dataclass
class Watched:
    """A part, its process, and when to start it again after it died."""

    part: Part
    process: Process
    started: float
    pause: float
    restart_at: float | None = None


class Supervisor:
    """Holds the parts in the order in which they were started; the first is the last to stop."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._watched: list[Watched] = []
        self._stalled: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self.stopping = False

    def stop(self) -> None:
        """End ``run`` soon. Safe in a signal handler."""
        self.stopping = True

    def restart(self, name: str, why: str) -> None:
        """Start a part again that lives and does nothing. Safe in any thread: it happens soon."""
        self._stalled.put((name, why))

    def start(self, part: Part) -> None:
        self._watched.append(Watched(part, Process(part, self._log), time.monotonic(), FIRST_PAUSE))

    def wait_until(self, reached: Callable[[], bool], *, timeout: float) -> bool:
        """Watch the parts until ``reached``; False where we were told to stop or time ran out."""
        deadline = time.monotonic() + timeout
        while not self.stopping and time.monotonic() < deadline:
            self._watch()
            if reached():
                return True
            time.sleep(TICK)
        return False

    def run(self) -> None:
        """Watch the parts until somebody says stop."""
        while not self.stopping:
            self._watch()
            time.sleep(TICK)

    def _watch(self) -> None:
        self._end_stalled()
        now = time.monotonic()
        for watched in self._watched:
            if watched.restart_at is None:
                self._notice_death(watched, now)
            elif now >= watched.restart_at:
                watched.process = Process(watched.part, self._log)
                watched.started, watched.restart_at = now, None

    def _end_stalled(self) -> None:
        """Kill it, since what is stopped hears nothing else; then it is started as what died."""
        while not self._stalled.empty():
            name, why = self._stalled.get()
            self._log.say(f"{name} is started again: {why}")
            for watched in self._watched:
                if watched.part.name == name and watched.process.exit_code is None:
                    watched.process.kill()

    def _notice_death(self, watched: Watched, now: float) -> None:
        code = watched.process.exit_code
        if code is None:
            return
        watched.process.kill()  # what it left behind
        if now - watched.started > STEADY:
            watched.pause = FIRST_PAUSE
        watched.restart_at = now + watched.pause
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._log.say(f"{watched.part.name} died ({how}). Next try in {watched.pause:g} s.")
        watched.pause = min(2 * watched.pause, LONGEST_PAUSE)

    def shut_down(self) -> None:
        """Stop everything, last started first, and the first part when all others have gone.

        What has not ended after ``GRACE`` seconds, or is still there in a group, is killed.
        """
        first, others = self._watched[:1], self._watched[1:]
        for together in (others[::-1], first):
            for watched in together:
                watched.process.terminate()
            deadline = time.monotonic() + GRACE
            while time.monotonic() < deadline and any(
                watched.process.exit_code is None for watched in together
            ):
                time.sleep(TICK)
            for watched in together:
                watched.process.kill()
        self._watched.clear()
