"""What the points of a simulation say, in figures that one can check by hand."""

from argparse import ArgumentTypeError

import pytest

from worker.management.simulation import stops
from worker.simulation.curves import labels_for, spread, summarise
from worker.simulation.play import EVERYTHING, Point
from worker.simulation.stream import NEW, OLD
from worker.simulation.words import report

PLAN = {"arrives": 200, "reviewers": 4, "error_rate": 0.05, "seeds": 2, "bundle": "toy"}


def point(order: str, seed: int, labels: int, new: float, old: float = 0.9) -> Point:
    return Point(
        order=order,
        seed=seed,
        labels=labels,
        wrong=0,
        outcome="promoted: version 2 answers" if labels else "as shipped",
        version=2 if labels else 1,
        weights="",
        seconds=labels / 10,
        measured={NEW: {"balanced_accuracy": new}, OLD: {"balanced_accuracy": old}},
    )


def play(order: str, seed: int, *accuracies: float) -> list[Point]:
    """Accuracies after 0, 100 and 200 labels."""
    return [point(order, seed, 100 * at, new) for at, new in enumerate(accuracies)]


POINTS = [
    *play("ours", 0, 0.6, 0.8, 0.8),
    *play("ours", 1, 0.6, 0.8, 0.8),
    *play("random", 0, 0.6, 0.7, 0.8),
    *play("random", 1, 0.6, 0.7, 0.8),
]


def test_a_spread_is_the_mean_with_students_interval_over_the_seeds() -> None:
    assert spread([0.5]).low is None
    five = spread([0.1, 0.2, 0.3, 0.4, 0.5])
    # 2.776 · 0.15811 / √5
    assert (five.mean, five.low, five.high, five.seeds) == (0.3, 0.1037, 0.4963, 5)


def test_labels_for_an_accuracy_are_read_off_the_line_through_the_points() -> None:
    plain = play("ours", 0, 0.6, 0.8, 0.9)

    assert labels_for(plain, 0.6) == 0
    assert labels_for(plain, 0.7) == pytest.approx(50)
    assert labels_for(plain, 0.85) == pytest.approx(150)
    assert labels_for(plain, 0.95) is None


def test_the_summary_compares_the_orders() -> None:
    summary = summarise(POINTS)

    assert (summary.start[NEW], summary.everything) == (0.6, 0.8)
    assert summary.recovered["ours"].mean == 1.0
    assert summary.recovered["random"].mean == 0.5
    half = summary.costs[0]
    assert half.ours is not None
    assert half.random is not None
    assert half.ratio is not None
    assert (half.share, half.ours.mean, half.random.mean, half.ratio.mean) == (0.5, 50, 100, 0.5)
    assert [stop.labels for stop in summary.curves["ours"]] == [0, 100, 200]
    assert [stop.promoted for stop in summary.curves["ours"]] == [0, 2, 2]
    assert summary.slowest == 20.0


def test_what_a_play_never_reaches_is_said_and_not_averaged_away() -> None:
    late = [*POINTS[:3], *play("ours", 1, 0.6, 0.6, 0.6), *POINTS[6:]]

    costs = {cost.share: cost for cost in summarise(late).costs}

    assert costs[0.9].ours is None
    assert costs[0.9].random is not None
    assert costs[0.9].ratio is None


def test_where_there_is_nothing_to_recover_no_ratio_is_told() -> None:
    perfect = [*play("ours", 0, 1.0, 1.0), *play("random", 0, 1.0, 1.0)]

    assert [cost.ratio for cost in summarise(perfect).costs] == [None] * 5


def test_what_is_forgotten_is_the_most_that_was_lost_on_the_way() -> None:
    lost = [point("ours", 0, 0, 0.6, 0.95), point("ours", 0, 50, 0.7, 0.92)]

    summary = summarise([*lost, point("ours", 0, 100, 0.8, 0.94)])

    assert summary.forgotten["ours"].mean == 0.03


def test_the_page_says_it_in_words() -> None:
    page = report(summarise(POINTS), PLAN)

    assert "200 pictures arrive; 4 simulated reviewers answer, 5% of the time wrongly" in page
    assert "| our queue | 100 | 80.0% (80.0–80.0) | 90.0% (90.0–90.0) | 2 of 2 | 10.0 s |" in page
    assert "- Our queue: 100 labels recover 100.0% (100.0–100.0)" in page
    assert "| 50% | 50 (50–50) | 100 (100–100) | 50.0% (50.0–50.0) |" in page


def test_stops_are_numbers_in_rising_order_and_all_comes_last() -> None:
    assert stops("all, 50,0,20") == [0, 20, 50, EVERYTHING]
    assert stops("0,5") == [0, 5]
    for wrong in ("", "ten", "5;6", "-3"):
        with pytest.raises(ArgumentTypeError, match="numbers and commas"):
            stops(wrong)
