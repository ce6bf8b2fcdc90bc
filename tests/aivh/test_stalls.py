"""The supervisor starts again what is stalled, and ever more seldom what that does not mend."""

import itertools

from aivh.supervisor.stalls import PAUSE, Stalls
from worker.silence import Signs


def restarted(signs_at: "dict[float, Signs] | Signs", seconds: int) -> list[tuple[str, float]]:
    done: list[tuple[str, float]] = []
    now = 0.0
    stalls = Stalls(lambda name, why: done.append((name, now)))
    while now <= seconds:
        stalls.look(signs_at if isinstance(signs_at, Signs) else signs_at[now], now)
        now += PAUSE
    return done


def stalled(now: float) -> Signs:
    minute = int(now // 60)
    return Signs(4 + minute, 4, minute, ticking=True)


def test_a_stalled_worker_is_started_again_and_then_ever_more_seldom() -> None:
    signs = {step * PAUSE: stalled(step * PAUSE) for step in range(300)}
    found = restarted(signs, 4000)
    assert {name for name, _ in found} == {"worker"}
    times = [at for _, at in found]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert times[0] == 180
    assert pauses == sorted(pauses)
    assert pauses[:3] == [195, 360, 720]


def test_one_that_answers_is_left_alone() -> None:
    signs = {
        step * PAUSE: Signs(4 + step // 4, 4 + step // 4, 0, ticking=True) for step in range(300)
    }
    assert restarted(signs, 4000) == []


def test_a_stopped_clock_is_started_again_once() -> None:
    assert restarted(Signs(7, 7, 0, ticking=True), 200) == [("beat", 180.0)]


def test_a_detector_that_fails_is_not_mended_by_a_restart() -> None:
    assert restarted(Signs(7, 7, 0, failing=3, ticking=True), 150) == []
