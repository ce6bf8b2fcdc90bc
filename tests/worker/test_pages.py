"""The dashboard, the versions and the snapshots: who sees them, what they say, what they cost."""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.liveness import record_worker_seen
from labelling.models import Image, Review, User
from labelling.models import Label as SettledLabel
from tests.labelling.rows import make_image
from tests.worker.conftest import People
from worker.models import DatasetSnapshot, PolicyEvaluation, RetrainingPolicy, TrainingRun
from worker.pages.wording import below_floor
from worker.services.policy import evaluate_policies
from worker.services.retraining import request_retraining, run_retraining

Settle = Callable[..., list[Image]]
State = TrainingRun.State
Queries = Callable[[int], object]


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.fixture
def trained(version: ModelVersion, people: People, settle: Settle) -> TrainingRun:
    """A retraining that made version 2."""
    settle(Label.AI, range(12), by=people.reviewer)
    settle(Label.HUMAN, range(12), by=people.reviewer)
    run = request_retraining(by=people.admin, dispatch=False)
    run_retraining(run.pk)
    run.refresh_from_db()
    assert run.state == State.PROMOTED
    return run


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
@pytest.mark.parametrize("name", ["dashboard", "dashboard-runs"])
def test_the_dashboard_is_for_administrators(people: People, who: str, name: str) -> None:
    answer = as_(getattr(people, who)).get(reverse(name))
    assert answer.status_code == 403
    assert "Only administrators may do this." in answer.content.decode()


def test_the_button_asks_back_before_anything_begins(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(12), by=people.reviewer)
    settle(Label.HUMAN, range(9), by=people.reviewer)
    page = text(as_(people.admin), reverse("retrain"))
    assert "21 new labels are in since it last learned (12 AI, 9 human)." in page
    assert f'method="post" action="{reverse("retrain")}"' in page
    assert not TrainingRun.objects.exists()


def test_with_too_little_to_learn_from_there_is_nothing_to_press(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(1), by=people.reviewer)
    page = text(as_(people.admin), reverse("retrain"))
    assert "1 new label is in since it last learned (1 AI, 0 human)." in page
    assert "worth it from 20 on" in page
    assert reverse("retrain") not in page


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_the_question_is_for_administrators(people: People, who: str) -> None:
    assert as_(getattr(people, who)).get(reverse("retrain")).status_code == 403


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_others_cannot_retrain(
    version: ModelVersion, people: People, settle: Settle, who: str
) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    answer = as_(getattr(people, who)).post(reverse("retrain"))
    assert answer.status_code == 403
    assert not TrainingRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["dashboard", "dashboard-runs", "versions", "retrain"])
def test_strangers_are_sent_to_the_login(name: str) -> None:
    answer = Client().post(reverse(name)) if name == "retrain" else Client().get(reverse(name))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("login"))
    assert not TrainingRun.objects.exists()


def test_retraining_needs_the_forms_token(version: ModelVersion, people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.admin)
    assert client.post(reverse("retrain")).status_code == 403
    assert not TrainingRun.objects.exists()


def test_the_dashboard_leads_with_a_sentence(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    record_worker_seen()
    settle(Label.AI, range(14), by=people.reviewer)
    page = text(as_(people.admin), reverse("dashboard"))
    assert f"Version 1 has answered since {timezone.now():%-d %B %Y}." in page
    assert "14 of 20 new labels are in before the next retraining is worth it." in page
    assert "Nobody has asked for one yet." in page
    assert "No worker that classifies" not in page


def test_one_new_label_is_counted_in_words_that_fit(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(1), by=people.reviewer)
    page = " ".join(text(as_(people.admin), reverse("dashboard")).split())
    assert "of 20 new labels</span>" in page


def test_the_dashboard_tells_what_the_policies_decided(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    client = as_(people.admin)
    assert "Learn from new labels" in text(client, reverse("dashboard"))
    settle(Label.AI, range(3), by=people.reviewer)
    evaluate_policies()
    evaluate_policies()
    RetrainingPolicy.objects.update(enabled=False)

    page = text(client, reverse("dashboard"))

    assert "Did not retrain because 3 of 20 new labels are in; no drift was alerted." in page
    assert "2 times" in page
    assert '<span class="badge">paused</span>' in page
    assert "Resume “Learn from new labels” …" in page
    assert reverse("admin:worker_policyevaluation_changelist") in page


def test_a_site_without_policies_says_so(version: ModelVersion, people: People) -> None:
    RetrainingPolicy.objects.all().delete()
    page = text(as_(people.admin), reverse("dashboard"))
    assert "There is no policy, so it retrains only when you ask." in page
    assert reverse("admin:worker_retrainingpolicy_add") in page


def test_the_dashboard_says_when_no_worker_is_seen(version: ModelVersion, people: People) -> None:
    page = text(as_(people.admin), reverse("dashboard"))
    assert "No worker that classifies pictures has been seen for 30 seconds." in page


def test_without_a_version_it_says_so(people: People) -> None:
    page = text(as_(people.admin), reverse("dashboard"))
    assert "No version answers yet, so pictures wait." in page
    assert "disabled" in page.split('action="/dashboard/retrain/"')[1].split("</form>")[0]


def test_a_press_on_the_button_says_why_it_was_skipped(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(3), by=people.reviewer)
    client = as_(people.admin)
    answer = client.post(reverse("retrain"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("dashboard")
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert told == ["Nothing was changed. Skipped: 3 new labels, needs 20."]
    assert "skipped: 3 new labels, needs 20" in text(client, reverse("dashboard"))


def test_a_press_on_the_button_begins_and_a_second_one_is_a_conflict(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    client = as_(people.admin)
    assert client.post(reverse("retrain")).status_code == 302
    run = TrainingRun.objects.get()
    assert (run.state, run.requested_by) == (State.QUEUED, people.admin)

    answer = client.post(reverse("retrain"))

    assert answer.status_code == 409
    assert "under way already" in answer.content.decode()
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize(("chosen", "kind"), [("", "refit"), ("fine-tune", "fine-tune")])
def test_one_chooses_what_shall_learn(
    version: ModelVersion, people: People, settle: Settle, chosen: str, kind: str
) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    client = as_(people.admin)
    client.post(reverse("retrain"), {"kind": chosen} if chosen else {})
    assert TrainingRun.objects.get().kind == kind
    assert ("fine-tuning" in text(client, reverse("dashboard"))) == (kind == "fine-tune")


def test_another_kind_is_refused(version: ModelVersion, people: People, settle: Settle) -> None:
    settle(Label.AI, range(25), by=people.reviewer)
    answer = as_(people.admin).post(reverse("retrain"), {"kind": "magic"})
    assert answer.status_code == 400
    assert not TrainingRun.objects.exists()


def test_the_list_polls_while_a_run_is_active_and_reloads_the_page_after(
    version: ModelVersion, people: People
) -> None:
    client = as_(people.admin)
    run = TrainingRun.objects.create(state=State.RUNNING, progress=0.42, step="learning")
    assert 'hx-trigger="every 1s"' in text(client, reverse("dashboard"))
    fragment = text(client, reverse("dashboard-runs"))
    assert "42%, learning" in fragment
    assert "<html" not in fragment

    TrainingRun.objects.filter(pk=run.pk).update(state=State.FAILED, outcome="failed: no luck")

    assert client.get(reverse("dashboard-runs")).headers["HX-Refresh"] == "true"
    page = text(client, reverse("dashboard"))
    assert "hx-trigger" not in page
    assert "failed: no luck" in page


@pytest.mark.parametrize("who", ["admin", "reviewer", "outsider"])
def test_everybody_with_an_account_sees_the_versions(
    trained: TrainingRun, people: People, who: str
) -> None:
    client = as_(getattr(people, who))
    listed = text(client, reverse("versions"))
    assert listed.index("Version 2") < listed.index("Version 1")
    page = text(client, reverse("version", args=[2]))
    assert trained.outcome.replace("'", "&#x27;") in page
    assert "It says AI from" in page
    assert "Compared with version 1" in page
    assert "False accusations" in page
    assert "On 60 pictures that no version learned from" in page
    assert trained.snapshot is not None
    assert (trained.snapshot.get_absolute_url() in page) == (who != "outsider")


def test_what_learning_brought_is_told_beside_the_version(
    trained: TrainingRun, people: People
) -> None:
    told = "On 24 labels that were new, it was right in 100.0% before it learned them"
    client = as_(people.admin)
    assert told in text(client, reverse("dashboard"))
    assert told in text(client, reverse("version", args=[2]))
    assert "that were new" not in text(client, reverse("version", args=[1]))


def test_a_version_that_is_not_there_is_a_404(people: People) -> None:
    assert as_(people.outsider).get(reverse("version", args=[9])).status_code == 404


def test_a_snapshot_shows_its_pictures_to_administrators(
    trained: TrainingRun, people: People
) -> None:
    assert trained.snapshot is not None
    page = text(as_(people.admin), trained.snapshot.get_absolute_url())
    assert "24 settled pictures" in page
    assert "12 AI, 12 human" in page
    assert reverse("version", args=[2]) in page
    assert trained.snapshot.digest in page
    first = trained.snapshot.items.order_by("sha256")[0]
    assert reverse("image", args=[first.image_id]) in page
    assert page.count("<tr>") == 1 + 24


def test_a_snapshot_does_not_tell_a_reviewer_what_others_settled(
    trained: TrainingRun, people: People, second_reviewer: User
) -> None:
    assert trained.snapshot is not None
    address = trained.snapshot.get_absolute_url()
    assert text(as_(people.reviewer), address).count("<tr>") == 1 + 24
    assert "<tr>" not in text(as_(second_reviewer), address)


def test_a_snapshot_is_not_for_outsiders(trained: TrainingRun, people: People) -> None:
    assert trained.snapshot is not None
    assert as_(people.outsider).get(trained.snapshot.get_absolute_url()).status_code == 403


def test_an_unknown_snapshot_is_a_404(people: People) -> None:
    assert as_(people.admin).get(reverse("snapshot", args=["0" * 64])).status_code == 404


def many_runs(count: int) -> None:
    now = timezone.now()
    for number in range(count):
        version = ModelVersion.objects.create(
            number=100 + number, digest=f"{number:064}", reference="x", backbone_digest="b"
        )
        snapshot = DatasetSnapshot.objects.create(digest=f"{number:064}", ai=1, human=1, gold=0)
        TrainingRun.objects.create(
            state=State.REJECTED, version=version, snapshot=snapshot, finished_at=now
        )


def many_decisions(count: int) -> None:
    PolicyEvaluation.objects.all().delete()
    policy, now = RetrainingPolicy.objects.get(), timezone.now()
    PolicyEvaluation.objects.bulk_create(
        PolicyEvaluation(policy=policy, at=now, last_at=now, decision="refuse", reason="waiting")
        for _ in range(count)
    )


def test_the_dashboard_tells_of_reviewers_below_the_floor(
    version: ModelVersion, people: People, second_reviewer: User
) -> None:
    address, few = reverse("dashboard"), "too few silent tests right, by your policy."
    leads = f'{few} <a href="{reverse("reviewers")}">Look at how they do</a>'
    tests = [make_image(f"test {place}") for place in range(20)]
    for image in tests:
        SettledLabel.objects.create(image=image, value="ai", settled_at=timezone.now())
    client = as_(people.admin)
    assert few not in text(client, address)

    def answer_wrongly(person: User) -> None:
        for image in tests:
            Review.objects.create(image=image, reviewer=person, answer="human", silent=True)

    answer_wrongly(second_reviewer)
    assert f"sasha gets {leads}" in text(client, address)
    answer_wrongly(people.reviewer)
    assert f"robin and sasha get {leads}" in text(client, address)


@pytest.mark.parametrize(
    ("names", "who"),
    [
        (["ann"], "ann gets"),
        (["ann", "bo", "cy"], "ann, bo and cy get"),
        (["ann", "bo", "cy", "di", "ed"], "ann, bo, cy and 2 more get"),
    ],
)
def test_only_the_first_few_are_named(names: list[str], who: str) -> None:
    assert below_floor(names) == f"{who} too few silent tests right, by your policy."
    assert below_floor([]) == ""


@pytest.mark.parametrize(
    ("name", "queries"), [("dashboard", 32), ("versions", 14)], ids=["dashboard", "versions"]
)
def test_lists_cost_the_same_however_long_they_are(
    version: ModelVersion,
    people: People,
    name: str,
    queries: int,
    django_assert_num_queries: Queries,
) -> None:
    client = as_(people.admin)
    for count in (3, 20):
        TrainingRun.objects.all().delete()
        ModelVersion.objects.filter(number__gte=100).delete()
        DatasetSnapshot.objects.all().delete()
        many_runs(count)
        many_decisions(count)
        with django_assert_num_queries(queries):
            client.get(reverse(name))


def test_the_items_of_a_snapshot_cost_the_same_however_many(
    trained: TrainingRun,
    people: People,
    django_assert_num_queries: Queries,
) -> None:
    assert trained.snapshot is not None
    client = as_(people.reviewer)
    for kept in (24, 3):
        keep = trained.snapshot.items.values("pk")[:kept]
        trained.snapshot.items.exclude(pk__in=list(keep.values_list("pk", flat=True))).delete()
        with django_assert_num_queries(10):
            page = text(client, trained.snapshot.get_absolute_url())
        assert page.count("<tr>") == 1 + kept


def test_the_admin_looks_and_cannot_touch(trained: TrainingRun, people: People) -> None:
    client = as_(people.admin)
    assert reverse("dashboard") in text(client, reverse("admin:index"))
    for row, name in (
        (trained, "worker_trainingrun"),
        (trained.version, "classifier_modelversion"),
    ):
        assert row is not None
        address = reverse(f"admin:{name}_change", args=[row.pk])
        assert text(client, reverse(f"admin:{name}_changelist"))
        assert 'name="_save"' not in text(client, address)
        assert client.post(address, {"state": "failed"}).status_code == 403
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    trained.refresh_from_db()
    assert trained.state == State.PROMOTED


def policy_form(**changed: object) -> dict[str, object]:
    """What the back office sends when somebody saves the first policy."""
    policy = RetrainingPolicy.objects.get()
    fields = ("name", "kind", "min_new_labels", "min_per_class", "cool_down_minutes")
    stored = {name: getattr(policy, name) for name in fields}
    return {**stored, "enabled": "on", "accuracy_min_labels": 30, "schedule": "", **changed}


def test_an_administrator_edits_a_policy(version: ModelVersion, people: People) -> None:
    client = as_(people.admin)
    policy = RetrainingPolicy.objects.get()
    address = reverse("admin:worker_retrainingpolicy_change", args=[policy.pk])
    assert "Empty: never for this reason." in text(client, address)

    answer = client.post(address, policy_form(min_new_labels=50, schedule="0 3 * * 1"))

    assert answer.status_code == 302
    policy.refresh_from_db()
    assert (policy.min_new_labels, policy.schedule) == (50, "0 3 * * 1")
    assert policy.scheduled_from is not None


def test_a_schedule_that_cannot_be_read_is_refused_beside_its_field(
    version: ModelVersion, people: People
) -> None:
    policy = RetrainingPolicy.objects.get()
    address = reverse("admin:worker_retrainingpolicy_change", args=[policy.pk])
    answer = as_(people.admin).post(address, policy_form(schedule="every night"))
    assert answer.status_code == 200
    assert "Write five fields of cron" in answer.content.decode()
    policy.refresh_from_db()
    assert policy.schedule == ""


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_nobody_else_edits_a_policy(people: People, who: str) -> None:
    policy = RetrainingPolicy.objects.get()
    address = reverse("admin:worker_retrainingpolicy_change", args=[policy.pk])
    answer = as_(getattr(people, who)).post(address, policy_form(min_new_labels=1))
    assert answer.status_code == 302  # to the login of the back office
    policy.refresh_from_db()
    assert policy.min_new_labels == 20


def test_decisions_are_to_read_only(version: ModelVersion, people: People) -> None:
    evaluate_policies()
    row = PolicyEvaluation.objects.get()
    client = as_(people.admin)
    assert row.sentence in text(client, reverse("admin:worker_policyevaluation_changelist"))
    address = reverse("admin:worker_policyevaluation_change", args=[row.pk])
    assert 'name="_save"' not in text(client, address)
    assert client.post(address, {"sentence": "All is well."}).status_code == 403
    row.refresh_from_db()
    assert row.sentence.startswith("Did not retrain because")
