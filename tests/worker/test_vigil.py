"""When an observer speaks of a stall: by its own waking time, never of what is only slow."""

import pytest

from worker.silence import LONGEST_TASK, PATIENCE, Signs, Trouble, Vigil

PAUSE = 15.0


def watched(vigil: Vigil, signs: Signs, seconds: float, begun: float = 0.0) -> list[Trouble | None]:
    """What it says of a site on which nothing changes, at each look of so many seconds."""
    return [vigil.look(signs, begun + step * PAUSE) for step in range(int(seconds / PAUSE) + 1)]


SENT = Signs(sent=7, answered=4, missed=3, ticking=True)


def test_three_missed_in_three_minutes_are_a_stalled_worker() -> None:
    vigil = Vigil()
    said = []
    for step in range(14):  # one a minute is sent, none is answered
        now = step * PAUSE
        minute = int(now // 60)
        said.append(vigil.look(Signs(4 + minute, 4, minute, ticking=True), now))
    assert said == [None] * 12 + [Trouble.WORKER] * 2


def test_two_missed_are_none_yet() -> None:
    assert set(watched(Vigil(), Signs(6, 4, 2), 170)) == {None}


def test_a_worker_that_ends_tasks_is_busy_however_long_the_queue() -> None:
    vigil = Vigil()
    for step in range(100):
        signs = Signs(sent=7 + step // 4, answered=4, missed=3 + step // 4, done=float(step))
        assert vigil.look(signs, step * PAUSE) is None


def test_one_long_task_may_take_its_time() -> None:
    vigil = Vigil()
    said = {}
    for step in range(25):
        now = step * PAUSE
        signs = Signs(7 + step // 4, 4, 3 + step // 4, done=1.0, busy=True)
        said[now] = vigil.look(signs, now)
    assert {now for now, trouble in said.items() if trouble} == {LONGEST_TASK, 345.0, 360.0}


def test_a_clock_that_was_heard_and_stops() -> None:
    said = watched(Vigil(), Signs(7, 7, 0, ticking=True), 195)
    assert said == [None] * 12 + [Trouble.CLOCK] * 2


def test_pictures_that_go_on_do_not_hide_a_clock_that_stopped() -> None:
    vigil = Vigil()
    said = [vigil.look(Signs(7, 7, 0, 0, float(n), ticking=True), n * PAUSE) for n in range(14)]
    assert said[-1] is Trouble.CLOCK


@pytest.mark.parametrize("sent", [0, 7])
def test_a_site_without_a_clock_is_left_in_peace(sent: int) -> None:
    assert set(watched(Vigil(), Signs(sent, sent, 0), 3600)) == {None}


def test_a_site_that_starts_with_what_was_missed_before_gets_its_three_minutes() -> None:
    assert set(watched(Vigil(), Signs(900, 4, 10), PATIENCE - PAUSE)) == {None}


def test_an_observer_that_slept_begins_anew() -> None:
    vigil = Vigil()
    watched(vigil, SENT, 165)
    woken = 165 + 7200.0
    assert set(watched(vigil, SENT, 165, begun=woken)) == {None}
    assert vigil.look(SENT, woken + 180) is not None


def test_an_answer_ends_it() -> None:
    vigil = Vigil()
    assert watched(vigil, SENT, 180)[-1] is not None
    assert vigil.look(Signs(8, 8, 0, ticking=True), 195) is None


def test_three_that_could_not_be_examined_are_the_detectors() -> None:
    assert Vigil().look(Signs(7, 7, 0, failing=2), 0) is None
    assert Vigil().look(Signs(7, 7, 0, failing=3), 0) is Trouble.DETECTOR
