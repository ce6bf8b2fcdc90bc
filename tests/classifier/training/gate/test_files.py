"""Size and time: what they may be, and how the time is taken."""

from pathlib import Path

import pytest

from classifier.detector.bundle import read_bundle
from classifier.training.gate.files import (
    bundle_size,
    file_rows,
    interleaved,
    latency_row,
    same_network_rows,
    size_row,
    time_row,
)
from tests.brightness import make_brightness_bundle
from tests.classifier.synthetic import make_bundle


@pytest.mark.parametrize(
    ("before", "now", "ok"),
    [(10, 45, True), (10, 45.1, False), (60, 66, True), (60, 66.1, False)],
)
def test_a_bundle_may_weigh_45_megabytes_or_a_tenth_more_than_before(
    before: float, now: float, ok: bool
) -> None:
    row = size_row(int(before * 1e6), int(now * 1e6))
    assert (row.ok, row.before, row.now, row.unit) == (ok, before, now, "megabytes")


def test_size_counts_every_file(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle")
    assert bundle_size(bundle.path) == sum(path.stat().st_size for path in bundle.path.iterdir())


def test_the_same_network_is_not_run(tmp_path: Path) -> None:
    """Its backbone is no graph at all, so running it would fail."""
    bundle = make_bundle(tmp_path / "bundle")
    rows = file_rows(bundle, bundle)
    assert rows == same_network_rows(bundle)
    assert [(row.name, row.ok) for row in rows] == [("size", True), ("time for a look", True)]
    assert "nothing was run" in rows[1].words


def test_another_network_is_run_beside_the_champion(tmp_path: Path) -> None:
    one, other = (read_bundle(make_brightness_bundle(tmp_path, name)) for name in "ab")
    row = latency_row(one, other)
    assert row.before == 1.0
    assert row.now is not None
    assert row.now > 0
    assert "in 15 rounds side by side" in row.words


def test_rounds_take_turns_and_are_told_as_ratios() -> None:
    said: list[str] = []
    now = 0.0

    def looking(name: str, seconds: float) -> object:
        def look() -> None:
            nonlocal now
            said.append(name)
            now += seconds

        return look

    ratios = interleaved(
        looking("old", 2.0),  # type: ignore[arg-type]
        looking("new", 3.0),  # type: ignore[arg-type]
        rounds=3,
        clock=lambda: now,
    )
    assert ratios == [1.5, 1.5, 1.5]
    assert said == ["old", "new", "new", "old", "old", "new", "new", "old"]


@pytest.mark.parametrize(("ratio", "ok"), [(1.25, True), (1.3, False)])
def test_the_median_decides_so_one_slow_round_does_not(ratio: float, ok: bool) -> None:
    row = time_row([ratio] * 10 + [9.0] * 3)
    assert (row.now, row.ok, row.threshold) == (ratio, ok, 0.25)
    assert row.low == round(ratio - 1, 4)
