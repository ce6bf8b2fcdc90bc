"""Many pictures at once: counted first, done by the services of one, taken back exactly."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classifier.errors import NotAllowed
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image, Label, QueueItem, Review, User
from labelling.services.deletion import bin_image, restore_image
from labelling.services.review import record_review, retract_review
from labelling.services.turns import assign_image
from tests.labelling.rows import make_image
from tests.people import PASSWORD
from tests.worker.jobs.conftest import Ask, Sent, run
from worker.models import Job, JobItem
from worker.services.jobs import choosing
from worker.services.jobs.choosing import wish_of
from worker.services.jobs.undoing import undo_job

pytestmark = pytest.mark.django_db
Kind = Job.Kind


def form(**fields: Any) -> QueryDict:
    return QueryDict(urlencode(fields, doseq=True))


def chosen(images: list[Image], action: str, **fields: str) -> QueryDict:
    return form(action=action, ids=[str(image.pk) for image in images], **fields)


def outcomes(job: Job) -> list[str]:
    return list(job.items.order_by("pk").values_list("outcome", flat=True))


def undo(job: Job, by: User) -> Job:
    return run(undo_job(job_id=job.pk, by=by))


# --- the preview ---------------------------------------------------------------------------


def test_the_preview_says_what_a_review_will_do(
    images: list[Image], reviewer: User, second_reviewer: User
) -> None:
    record_review(image_id=images[0].pk, reviewer=reviewer, answer="human")
    record_review(image_id=images[1].pk, reviewer=second_reviewer, answer="human")
    preview = wish_of(reviewer, chosen(images, "review", answer="ai")).preview()
    others = [(other.count, other.words) for other in preview.others]
    assert (preview.total, preview.done) == (5, 4)
    assert others == [(1, "you have decided on them already")]


def test_the_preview_of_a_deletion_names_what_others_handed_in(
    images: list[Image], outsider: User, reviewer: User, administrator: User
) -> None:
    own = make_image("own", owner=reviewer)
    nobodys = make_image("nobody's")
    wish = chosen([*images, own, nobodys], "delete")
    preview = wish_of(reviewer, wish).preview()
    assert (preview.done, [other.count for other in preview.others]) == (1, [6])
    assert wish_of(administrator, wish).preview().done == 7
    preview = wish_of(outsider, wish).preview()  # who sees only what they handed in
    assert (preview.total, preview.done) == (7, 5)
    assert preview.others[0].words == "not there, or not yours to see"


def test_the_preview_of_an_assignment(
    images: list[Image], reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    record_review(image_id=images[0].pk, reviewer=reviewer, answer="unsure")
    record_review(image_id=images[1].pk, reviewer=second_reviewer, answer="ai")
    wish = wish_of(adjudicator, chosen(images, "assign", assignee=reviewer.username))
    preview = wish.preview()
    assert preview.done == 3
    assert [(other.count, other.words) for other in preview.others] == [
        (1, "the reviewer has decided on them already"),
        (1, "they wait for no reviewer"),
    ]


def test_a_preview_asks_as_much_for_many_as_for_one(images: list[Image], reviewer: User) -> None:
    counts = []
    wish_of(reviewer, chosen(images, "delete")).preview()  # the roles are remembered from here on
    for some in (images[:1], images):
        with CaptureQueriesContext(connection) as queries:
            wish_of(reviewer, chosen(some, "delete")).preview()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_all_that_match_are_those_of_the_gallery(images: list[Image], outsider: User) -> None:
    make_image("somebody else's")
    wish = wish_of(outsider, form(action="delete", query="all=1"))
    assert set(wish.images) == set(images)


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "review", "answer": "ai"},  # no pictures
        {"action": "review", "ids": ["nonsense"], "answer": "ai"},
        {"action": "review", "query": "all=1", "answer": "both"},
        {"action": "explode", "query": "all=1"},
        {"action": "review", "answer": "ai", "ids": ["x"] * (choosing.MOST_IDS + 1)},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(reviewer: User, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        wish_of(reviewer, form(**fields))


def test_more_than_one_job_may_hold_is_refused(
    images: list[Image], reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_PICTURES", 4)
    with pytest.raises(InvalidRequest, match="5 pictures; one job may have 4"):
        wish_of(reviewer, form(action="review", query="all=1", answer="ai")).preview()


@pytest.mark.parametrize(
    ("who", "action"),
    [
        ("outsider", "review"),
        ("outsider", "assign"),
        ("reviewer", "assign"),
        ("outsider", "predict"),
        ("reviewer", "predict"),
        ("adjudicator", "predict"),
    ],
)
def test_whoever_may_not_is_told_before_anything_begins(
    images: list[Image], request: pytest.FixtureRequest, who: str, action: str
) -> None:
    person = request.getfixturevalue(who)
    fields = {"answer": "ai", "assignee": person.username}
    with pytest.raises(NotAllowed):
        wish_of(person, chosen(images, action, **fields))
    assert not Job.objects.exists()


# --- what is done --------------------------------------------------------------------------


def test_a_review_votes_on_each_and_its_undo_takes_those_votes_back(
    ask: Ask, images: list[Image], reviewer: User
) -> None:
    record_review(image_id=images[0].pk, reviewer=reviewer, answer="human")
    job = run(ask(Kind.REVIEW, reviewer, answer="ai"))
    assert outcomes(job) == ["refused", "done", "done", "done", "done"]
    assert job.outcome == "4 reviewed, 1 refused: you have decided on this picture already."
    assert Label.objects.filter(value="ai").count() == 4

    retract_review(image_id=images[1].pk, reviewer=reviewer)
    record_review(image_id=images[1].pk, reviewer=reviewer, answer="human")
    undone = undo(job, reviewer)
    assert outcomes(undone) == ["refused", "done", "done", "done"]
    assert undone.outcome == (
        "3 taken back, 1 refused: your answer on this picture has changed since."
    )
    standing = Review.objects.standing().order_by("image__sha256")
    assert set(standing.values_list("image_id", "answer")) == {
        (images[0].pk, "human"),
        (images[1].pk, "human"),
    }
    assert Label.objects.count() == 2


def test_an_assignment_and_its_undo(
    ask: Ask, images: list[Image], reviewer: User, second_reviewer: User, adjudicator: User
) -> None:
    QueueItem.objects.filter(image=images[0]).update(assigned_to=second_reviewer)
    QueueItem.objects.filter(image=images[1]).update(assigned_to=reviewer)
    record_review(image_id=images[4].pk, reviewer=second_reviewer, answer="ai")
    job = run(ask(Kind.ASSIGN, adjudicator, to=reviewer.pk))
    assert outcomes(job) == ["done", "unchanged", "done", "done", "refused"]
    assert QueueItem.objects.filter(assigned_to=reviewer).count() == 4

    QueueItem.objects.filter(image=images[2]).update(assigned_to=adjudicator)
    undone = undo(job, adjudicator)
    assert outcomes(undone) == ["done", "refused", "done"]
    assigned = dict(QueueItem.objects.values_list("image_id", "assigned_to"))
    assert [assigned[image.pk] for image in images[:4]] == [
        second_reviewer.pk,
        reviewer.pk,
        adjudicator.pk,
        None,
    ]


@pytest.mark.parametrize("since", ["let in no more", "no reviewer any more", "has decided"])
def test_the_undo_of_an_assignment_asks_nobody_who_cannot_be_asked(
    ask: Ask,
    images: list[Image],
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    since: str,
) -> None:
    assign_image(image_id=images[0].pk, to=reviewer, by=adjudicator)
    job = run(ask(Kind.ASSIGN, adjudicator, images[:1], to=second_reviewer.pk))
    match since:
        case "let in no more":
            User.objects.filter(pk=reviewer.pk).update(is_active=False)
        case "no reviewer any more":
            reviewer.groups.clear()
        case _:
            record_review(image_id=images[0].pk, reviewer=reviewer, answer="unsure")
            QueueItem.objects.filter(image=images[0]).update(assigned_to=second_reviewer)
    assert outcomes(undo(job, adjudicator)) == ["done"]
    assert QueueItem.objects.get(image=images[0]).assigned_to is None


def test_a_deletion_and_its_undo(ask: Ask, images: list[Image], outsider: User) -> None:
    theirs = make_image("somebody else's")
    job = run(ask(Kind.DELETE, outsider, [*images, theirs]))
    assert outcomes(job) == ["done"] * 5 + ["refused"]
    assert Image.objects.filter(deleted_at__isnull=True).get() == theirs

    restore_image(image_id=images[0].pk, by=outsider)
    restore_image(image_id=images[1].pk, by=outsider)
    bin_image(image_id=images[1].pk, by=outsider)  # for another reason
    undone = undo(job, outsider)
    assert outcomes(undone) == ["refused", "refused", "done", "done", "done"]
    assert Image.objects.filter(deleted_at__isnull=False).get() == images[1]


def test_nothing_is_undone_twice_or_by_somebody_else(
    ask: Ask, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    job = run(ask(Kind.REVIEW, reviewer, answer="ai"))
    with pytest.raises(NotFound):
        undo_job(job_id=job.pk, by=second_reviewer)
    with pytest.raises(Conflict):
        undo_job(job_id=job.pk, by=administrator)
    assert Job.objects.count() == 1
    undone = undo(job, reviewer)
    for again in (job, undone):
        with pytest.raises(Conflict):
            undo_job(job_id=again.pk, by=reviewer)
    assert Job.objects.count() == 2
    assert not Review.objects.standing().exists()


def test_the_undo_of_a_cancelled_job_reverts_what_was_done(
    ask: Ask, reviewer: User, images: list[Image]
) -> None:
    job = ask(Kind.REVIEW, reviewer, answer="ai")
    review = record_review(image_id=images[0].pk, reviewer=reviewer, answer="ai")
    first = job.items.order_by("pk")[0]
    first.outcome, first.undo = JobItem.Outcome.DONE, {"review": review.pk}
    first.save()
    Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    undone = undo(job, reviewer)
    assert (outcomes(undone), undone.outcome) == (["done"], "1 taken back.")
    assert not Review.objects.standing().exists()


# --- the pages -----------------------------------------------------------------------------


def test_it_is_asked_before_it_begins_and_again_where_the_number_changed(
    images: list[Image], outsider: User, client: Client, sent: Sent
) -> None:
    client.login(username=outsider.username, password=PASSWORD)
    url, fields = reverse("job-new"), {"action": "delete", "query": "all=1"}
    page = client.post(url, fields).content.decode()
    assert "Move 5 pictures to the bin?" in page
    assert not Job.objects.exists()
    make_image("one more", owner=outsider)
    page = client.post(url, fields | {"confirmed": "5"}).content.decode()
    assert "Move 6 pictures to the bin?" in page
    assert "another number of pictures" in page
    assert not Job.objects.exists()
    answer = client.post(url, fields | {"confirmed": "6"})
    job = Job.objects.get()
    assert answer.headers["Location"] == reverse("job", args=[job.pk])
    assert (job.title, job.total, job.kind) == ("Move 6 pictures to the bin", 6, "delete")
    run(job)
    page = client.get(reverse("job", args=[job.pk])).content.decode()
    assert "6 moved to the bin." in page
    assert reverse("job-undo", args=[job.pk]) in page
    assert reverse("bin") in page


def test_it_is_asked_again_where_the_number_changes_after_the_count(
    images: list[Image], outsider: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was confirmed is what is done, though the list is read by a query of its own."""
    start = choosing.Wish.start

    def one_comes_meanwhile(wish: choosing.Wish) -> Job:
        make_image("one more", owner=outsider)
        return start(wish)

    monkeypatch.setattr(choosing.Wish, "start", one_comes_meanwhile)
    client.login(username=outsider.username, password=PASSWORD)
    fields = {"action": "delete", "query": "all=1", "confirmed": "5"}
    page = client.post(reverse("job-new"), fields).content.decode()
    assert "Move 6 pictures to the bin?" in page
    assert "another number of pictures" in page
    assert not Job.objects.exists()


@pytest.mark.parametrize("confirmed", ["five", "5.0", "9" * 5000, "-5", ""])
def test_a_number_that_is_none_confirms_nothing(
    images: list[Image], outsider: User, client: Client, confirmed: str
) -> None:
    client.login(username=outsider.username, password=PASSWORD)
    fields = {"action": "delete", "query": "all=1", "confirmed": confirmed}
    page = client.post(reverse("job-new"), fields).content.decode()
    assert "Move 5 pictures to the bin?" in page
    assert not Job.objects.exists()


def test_a_thousand_pictures_can_be_named(outsider: User, client: Client) -> None:
    client.login(username=outsider.username, password=PASSWORD)
    own = make_image("own", owner=outsider)
    ids = [str(own.pk)] * choosing.MOST_IDS
    answer = client.post(reverse("job-new"), {"action": "delete", "ids": ids, "answer": "ai"})
    assert answer.status_code == 200
    too_many = [*ids, str(own.pk)]
    answer = client.post(reverse("job-new"), {"action": "delete", "ids": too_many})
    assert answer.status_code == 400


def test_the_page_of_a_job_shows_what_was_refused_and_why(
    ask: Ask, images: list[Image], reviewer: User, client: Client
) -> None:
    record_review(image_id=images[0].pk, reviewer=reviewer, answer="human")
    job = run(ask(Kind.REVIEW, reviewer, answer="ai"))
    client.login(username=reviewer.username, password=PASSWORD)
    page = client.get(reverse("job", args=[job.pk])).content.decode()
    assert "You have decided on this picture already." in page
    assert reverse("image", args=[images[0].pk]) in page


def test_the_lists_ask_as_much_for_many_as_for_one(
    ask: Ask, reviewer: User, administrator: User, client: Client
) -> None:
    client.login(username=administrator.username, password=PASSWORD)
    job = run(ask(Kind.DELETE, reviewer))
    counts: list[list[int]] = []
    for more in (0, 6):
        for _ in range(more):
            run(ask(Kind.REVIEW, reviewer, answer="ai"))
        counts.append([])
        for url in (reverse("jobs"), reverse("job", args=[job.pk])):
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            counts[-1].append(len(queries))
    assert counts[0] == counts[1]
