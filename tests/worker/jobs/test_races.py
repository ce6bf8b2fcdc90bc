"""Several workers and people at once, on a database of their own; see ``race.py``."""

from tests.races import RunModule

ALL = {"state": "done", "done": 40, "items done": 40, "refused": 0, "reviews": 40}


def run(run_module: RunModule, name: str) -> dict[str, object]:
    return run_module("tests.worker.jobs.race", name)


def test_one_of_many_workers_gets_a_job(run_module: RunModule) -> None:
    assert run(run_module, "same_claim") == {"done": 6, "took it": 1}


def test_a_message_that_comes_many_times_is_done_once(run_module: RunModule) -> None:
    assert run(run_module, "same_run") == ALL | {"done": 40}


def test_many_requests_at_once_leave_no_more_than_may_be(run_module: RunModule) -> None:
    seen = run(run_module, "many_requests")
    assert seen == {"done": 2, "TooManyJobs": 4, "jobs": 2, "items": 2}


def test_a_picture_that_is_erased_meanwhile_spoils_no_job(run_module: RunModule) -> None:
    assert run(run_module, "erased_while_asked") == {"jobs": 1, "left": 2, "pictures": 2}


def test_two_workers_on_one_job_do_each_picture_once(run_module: RunModule) -> None:
    assert run(run_module, "taken_for_dead") == ALL


def test_a_job_is_undone_once(run_module: RunModule) -> None:
    assert run(run_module, "same_undo") == {"done": 1, "Conflict": 5, "undos": 1}


def test_one_cancelled_in_the_middle_tells_what_it_did(run_module: RunModule) -> None:
    seen = run(run_module, "cancelled_while_it_runs")
    assert seen.pop("state") in ("done", "cancelled")
    assert seen == {"done": 2, "told what was done": True, "each once": True}


def test_after_a_kill_the_rest_is_done_and_nothing_twice(run_module: RunModule) -> None:
    seen = run(run_module, "killed")
    assert seen == ALL | {"exit": -9, "early": 0, "late": 1, "half": 19}


def test_votes_and_the_bin_leave_no_label_behind(run_module: RunModule) -> None:
    seen = run(run_module, "binned_and_voted")
    assert seen == {"done": 2, "binned": 40, "settled": 0, "states": ["done", "done"]}
