"""From the request to the outcome: claimed once, told, cancelled, resumed, handed over."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image, QueueItem, Review, User
from labelling.services.people import deactivate_person
from tests.worker.jobs.conftest import Ask, Sent, run
from worker.models import Job, JobItem
from worker.services.jobs import bulk, endings, items, work
from worker.services.jobs.cancelling import cancel_job
from worker.services.jobs.lease import attempt, claim
from worker.services.jobs.requests import request_job
from worker.services.jobs.running import TOO_LONG, run_job
from worker.services.lease import MAX_ATTEMPTS
from worker.time_limit import TimeRanOut

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job tells is written, and its cancelling heard, after each item."""
    monkeypatch.setattr(work, "WRITE_EVERY", 0.0)


State = Job.State


def test_a_job_is_queued_with_its_items_and_sent_on_commit(
    ask: Ask, reviewer: User, sent: Sent, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask("review", reviewer, answer="ai")
    assert (job.state, job.total, job.done) == (State.QUEUED, 5, 0)
    assert job.items.count() == 5
    assert sent == [("run_job", job.pk)]


def test_a_picture_named_twice_is_one_item(ask: Ask, reviewer: User, images: list[Image]) -> None:
    job = ask("review", reviewer, on=[*images, images[0]], answer="ai")
    assert job.total == 5


def test_done_it_says_so_in_one_sentence(ask: Ask, reviewer: User) -> None:
    job = run(ask("review", reviewer, answer="ai"))
    assert (job.state, job.done, job.refused) == (State.DONE, 5, 0)
    assert job.outcome == "5 reviewed."
    assert job.finished_at is not None
    assert Review.objects.filter(reviewer=reviewer, answer="ai").count() == 5


def test_run_twice_it_does_nothing_the_second_time(ask: Ask, reviewer: User) -> None:
    job = run(ask("review", reviewer, answer="ai"))
    before = (job.outcome, job.finished_at, Review.objects.count())
    job = run(job)
    assert (job.outcome, job.finished_at, Review.objects.count()) == before


def test_one_caller_only_gets_a_job(ask: Ask, reviewer: User) -> None:
    job = ask("review", reviewer, answer="ai")
    assert claim(job.pk) is not None
    assert claim(job.pk) is None


def test_there_is_no_such_kind(sent: Sent, reviewer: User) -> None:
    with pytest.raises(InvalidRequest, match="no such kind"):
        request_job(kind="dance", by=reviewer, title="none", options={})
    assert not Job.objects.exists()


def test_a_job_has_a_bound(ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.services.jobs.requests.MOST_PICTURES", 4)
    with pytest.raises(InvalidRequest, match="At most"):
        ask("review", reviewer, answer="ai")
    assert not JobItem.objects.exists()


def test_a_role_that_is_lost_meanwhile_is_asked_for_again(ask: Ask, reviewer: User) -> None:
    job = ask("review", reviewer, answer="ai")
    reviewer.groups.clear()
    job = run(job)
    assert job.refused == 5
    assert job.outcome.startswith("0 reviewed, 5 refused: you need the reviewer's role")
    assert not Review.objects.exists()


@pytest.mark.parametrize("gone", ["deactivated", "deleted"])
def test_nothing_is_done_for_an_account_that_is_gone(ask: Ask, reviewer: User, gone: str) -> None:
    job = ask("review", reviewer, answer="ai")
    if gone == "deleted":
        reviewer.delete()
    else:
        User.objects.filter(pk=reviewer.pk).update(is_active=False)
    job = run(job)
    assert job.state == State.FAILED
    assert "no account any more" in job.outcome
    assert not Review.objects.exists()


@pytest.mark.parametrize("what", ["role", "account"])
def test_nothing_more_is_done_for_whoever_may_no_longer(
    ask: Ask,
    reviewer: User,
    administrator: User,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """The job runs already: what the person was once allowed to must not be remembered."""
    honest = bulk.record_review

    def vote(**given: object) -> Review:
        review: Review = honest(**given)  # type: ignore[arg-type]
        if Review.objects.count() == 2 and what == "role":
            reviewer.groups.clear()
        elif Review.objects.count() == 2:
            deactivate_person(person_id=reviewer.pk, by=administrator)
        return review

    monkeypatch.setattr(bulk, "record_review", vote)
    job = run(ask("review", reviewer, answer="ai"))
    counts = Counter(job.items.values_list("outcome", flat=True))
    if what == "role":
        assert (job.state, counts) == (State.DONE, {"done": 2, "refused": 3})
    else:
        assert (job.state, counts) == (State.FAILED, {"done": 2, "waiting": 3})
        assert job.outcome.startswith("Whoever asked for this has no account any more")
    assert Review.objects.count() == 2


def test_nobody_is_asked_who_reviews_no_more(
    ask: Ask,
    reviewer: User,
    adjudicator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = bulk.assign_image

    def assign(**given: object) -> QueueItem:
        item: QueueItem = honest(**given)  # type: ignore[arg-type]
        reviewer.groups.clear()
        return item

    monkeypatch.setattr(bulk, "assign_image", assign)
    job = run(ask("assign", adjudicator, to=reviewer.pk))
    assert (job.done, job.refused) == (5, 4)
    assert QueueItem.objects.filter(assigned_to=reviewer).count() == 1


# --- cancelling -------------------------------------------------------------------------------


def test_a_queued_job_is_cancelled_at_once(ask: Ask, reviewer: User) -> None:
    job = ask("review", reviewer, answer="ai")
    cancel_job(job_id=job.pk, by=reviewer)
    job = run(job)
    assert (job.state, job.outcome) == (State.CANCELLED, "Cancelled before it had begun.")
    assert not Review.objects.exists()


def test_a_running_job_stops_before_its_next_item(
    ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask("review", reviewer, answer="ai")
    honest = bulk.record_review

    def cancelling(**given: object) -> Review:
        review: Review = honest(**given)  # type: ignore[arg-type]
        if Review.objects.count() == 2:
            cancel_job(job_id=job.pk, by=reviewer)
            cancel_job(job_id=job.pk, by=reviewer)
        return review

    monkeypatch.setattr(bulk, "record_review", cancelling)
    job = run(job)
    assert (job.state, job.done) == (State.CANCELLED, 2)
    assert job.outcome == "Stopped at 2 of 5. What was done stays done."
    assert Review.objects.count() == 2


def test_what_is_over_is_not_cancelled(ask: Ask, reviewer: User) -> None:
    job = run(ask("review", reviewer, answer="ai"))
    with pytest.raises(Conflict, match="over already"):
        cancel_job(job_id=job.pk, by=reviewer)


@pytest.mark.parametrize("who", ["second_reviewer", "outsider", "adjudicator"])
def test_others_cannot_cancel_what_they_cannot_see(
    ask: Ask, reviewer: User, who: str, request: pytest.FixtureRequest
) -> None:
    job = ask("review", reviewer, answer="ai")
    with pytest.raises(NotFound):
        cancel_job(job_id=job.pk, by=request.getfixturevalue(who))
    job.refresh_from_db()
    assert (job.state, job.cancel_asked_at) == (State.QUEUED, None)


def test_an_administrator_cancels_anybodys(ask: Ask, reviewer: User, administrator: User) -> None:
    job = ask("review", reviewer, answer="ai")
    assert cancel_job(job_id=job.pk, by=administrator).state == State.CANCELLED


# --- workers that die -------------------------------------------------------------------------


def die_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is killed when it has done so many items: nothing of it runs any more."""
    honest = items._do
    done: list[int] = []

    def dying(pk: int, act: items.Act) -> str:
        if len(done) == count:
            raise KeyboardInterrupt
        done.append(pk)
        return honest(pk, act)

    monkeypatch.setattr(items, "_do", dying)


def later(monkeypatch: pytest.MonkeyPatch, **wait: int) -> None:
    now = timezone.now() + timedelta(**wait)
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_a_killed_worker_s_job_goes_on_where_it_was(
    ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask("review", reviewer, answer="ai")
    with monkeypatch.context() as killing:
        die_after(2, killing)
        with pytest.raises(KeyboardInterrupt):
            run_job(job.pk)
    job.refresh_from_db()
    assert job.state == State.RUNNING
    assert endings.take_back_silent() == 0  # it may be slow only

    with monkeypatch.context() as time:
        later(time, minutes=3)
        assert endings.take_back_silent() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, job.step[:10]) == (State.QUEUED, 1, "its worker")

    job = run(job)
    assert (job.state, job.done, job.outcome) == (State.DONE, 5, "5 reviewed.")
    assert Review.objects.count() == 5


def test_after_three_workers_it_fails_in_words(
    ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask("review", reviewer, answer="ai")
    for _ in range(MAX_ATTEMPTS):
        with monkeypatch.context() as killing:
            die_after(0, killing)
            with pytest.raises(KeyboardInterrupt):
                run_job(job.pk)
        with monkeypatch.context() as time:
            later(time, minutes=3)
            assert endings.take_back_silent() == 1
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "lost 3 times in a row" in job.outcome
    assert endings.take_back_silent() == 0


def test_one_that_goes_on_is_not_given_up(
    ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask("review", reviewer, answer="ai")
    for _ in range(4):
        with monkeypatch.context() as killing:
            die_after(1, killing)
            with pytest.raises(KeyboardInterrupt):
                run_job(job.pk)
        with monkeypatch.context() as time:
            later(time, minutes=3)
            endings.take_back_silent()
    job = run(job)
    assert (job.state, job.outcome) == (State.DONE, "5 reviewed.")


def test_a_worker_taken_for_dead_changes_nothing_when_it_wakes(ask: Ask, reviewer: User) -> None:
    job = ask("review", reviewer, answer="ai")
    slow = claim(job.pk)
    assert slow is not None
    endings.take_back(slow, attempt(slow), lost="fell silent")
    assert claim(job.pk) is not None
    with pytest.raises(work.Abandoned):
        bulk.review(work.Work(slow))
    assert not Review.objects.exists()
    assert attempt(slow).update(state=State.DONE) == 0


def refuse_to_vote(
    monkeypatch: pytest.MonkeyPatch, image: Image, error: Callable[[], object]
) -> None:
    """The vote on this picture breaks in the middle."""
    honest = bulk.record_review

    def breaking(**given: object) -> Review:
        review: Review = honest(**given)  # type: ignore[arg-type]
        if given["image_id"] == image.pk:
            error()
        return review

    monkeypatch.setattr(bulk, "record_review", breaking)


def raising(error: type[BaseException]) -> Callable[[], object]:
    def broken() -> None:
        raise error("a bug")

    return broken


def twice_the_same_picture() -> None:
    Image.objects.create(sha256=Image.objects.values_list("sha256", flat=True)[0], size=1)


@pytest.mark.parametrize(
    "error", [raising(RuntimeError), raising(DataError), twice_the_same_picture]
)
def test_one_picture_that_breaks_does_not_stop_the_others(
    ask: Ask,
    reviewer: User,
    monkeypatch: pytest.MonkeyPatch,
    images: list[Image],
    error: Callable[[], object],
) -> None:
    refuse_to_vote(monkeypatch, images[1], error)
    job = run(ask("review", reviewer, answer="ai"))
    assert (job.state, job.done, job.refused) == (State.DONE, 5, 1)
    assert job.outcome.startswith("4 reviewed, 1 refused: this could not be done")
    assert Review.objects.count() == 4
    refused = job.items.get(outcome="refused")
    assert (refused.image, refused.code) == (images[1], "internal_error")
    assert "a bug" not in refused.message


def test_a_job_that_takes_too_long_ends_in_words(
    ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch, images: list[Image]
) -> None:
    """The limit strikes wherever the task is; no picture is to blame for it."""
    refuse_to_vote(monkeypatch, images[2], raising(TimeRanOut))
    job = run(ask("review", reviewer, answer="ai"))
    assert (job.state, job.outcome) == (State.FAILED, TOO_LONG)
    assert Counter(job.items.values_list("outcome", flat=True)) == {"done": 2, "waiting": 3}
    assert Review.objects.count() == 2


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_where_the_database_is_away_the_job_is_left_for_another_worker(
    ask: Ask,
    reviewer: User,
    monkeypatch: pytest.MonkeyPatch,
    images: list[Image],
    error: type[Exception],
) -> None:
    with monkeypatch.context() as away:
        refuse_to_vote(away, images[2], raising(error))
        job = run(ask("review", reviewer, answer="ai"))
    assert (job.state, job.items.filter(outcome="waiting").count()) == (State.RUNNING, 3)
    later(monkeypatch, minutes=3)
    assert endings.take_back_silent() == 1
    assert run(job).outcome == "5 reviewed."


def test_one_to_be_cancelled_whose_worker_died_is_cancelled(
    ask: Ask, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask("review", reviewer, answer="ai")
    assert claim(job.pk)
    cancel_job(job_id=job.pk, by=reviewer)
    later(monkeypatch, minutes=3)
    assert endings.take_back_silent() == 1
    job.refresh_from_db()
    assert job.state == State.CANCELLED


# --- turns and the sweeper --------------------------------------------------------------------


def test_a_long_job_lets_another_one_go_first(
    ask: Ask, reviewer: User, second_reviewer: User, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "TURN", 0.0)
    first, second = (
        ask("review", reviewer, answer="ai"),
        ask("review", second_reviewer, answer="ai"),
    )
    first = run(first)
    assert (first.state, first.items.filter(outcome="done").count()) == (State.QUEUED, 1)
    assert sent == [("run_job", first.pk)]
    Job.objects.filter(pk=second.pk).delete()
    first = run(first)
    assert (first.done, first.outcome, first.attempts) == (5, "5 reviewed.", 0)


def test_the_sweeper_sends_what_nobody_took(
    ask: Ask, reviewer: User, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "depth", lambda queue: 0)
    job = ask("review", reviewer, answer="ai")
    endings.send_waiting_jobs()
    assert sent == []
    later(monkeypatch, seconds=61)
    endings.send_waiting_jobs()
    endings.send_waiting_jobs()
    assert sent == [("run_job", job.pk)]


def test_what_is_on_the_queue_already_is_not_put_there_again(
    ask: Ask, reviewer: User, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "depth", lambda queue: 1)
    ask("review", reviewer, answer="ai")
    later(monkeypatch, seconds=61)
    endings.send_waiting_jobs()
    assert sent == []


def test_who_may_not_review_asks_for_no_votes(ask: Ask, outsider: User) -> None:
    with pytest.raises(NotAllowed):
        ask("review", outsider, answer="ai")
    assert not Job.objects.exists()
