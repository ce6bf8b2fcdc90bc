"""A trainer that is killed at any stage leaves nothing half done, and its run is done again."""

from typing import Any

import pytest

from tests.races import RunModule

pytestmark = pytest.mark.slow

STAGES = ("freezing", "collecting", "refitting", "registering", "concluding")
# After the kill: still running, the same version answers, and no version was made. Half the time
# later nobody touches it; then it is queued again, and a second trainer promotes one new version.
KILLED_ONCE = ["running 1", 0, 0, 0, 1, "queued 1", "promoted 2", 1, 1]
# What was committed stands, whether or not the trainer lived to tell anybody.
KILLED_AFTERWARDS = ["promoted 1", 1, 1, 0, 0, "promoted 1", "promoted 1", 1, 1]


@pytest.fixture
def seen(run_module: RunModule) -> dict[str, Any]:
    return run_module("tests.worker.killing")


def test_killed_at_any_stage_a_run_is_resumed_and_at_most_twice(seen: dict[str, Any]) -> None:
    assert {stage: seen[stage] for stage in STAGES} == dict.fromkeys(STAGES, KILLED_ONCE)
    assert seen["concluded"] == KILLED_AFTERWARDS
    words = "failed: the worker that had it fell silent, 3 times in a row."
    told = f"{words} Version 7 answers as before."
    assert seen["each time"] == ["queued 1", "queued 2", "failed 3", told, 0]
    assert seen["snapshots"] == len(STAGES) + 2
