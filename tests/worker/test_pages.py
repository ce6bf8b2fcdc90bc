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
from labelling.models import Image, User
from tests.worker.conftest import People
from worker.models import DatasetSnapshot, TrainingRun
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
    assert "shown after your own answer" not in page


def test_a_snapshot_does_not_tell_a_reviewer_what_others_settled(
    trained: TrainingRun, people: People, second_reviewer: User
) -> None:
    assert trained.snapshot is not None
    address = trained.snapshot.get_absolute_url()
    assert "shown after your own answer" not in text(as_(people.reviewer), address)
    assert text(as_(second_reviewer), address).count("shown after your own answer") == 24


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


@pytest.mark.parametrize(
    ("name", "queries"), [("dashboard", 10), ("versions", 6)], ids=["dashboard", "versions"]
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
        with django_assert_num_queries(queries):
            client.get(reverse(name))


def test_the_items_of_a_snapshot_cost_the_same_however_many(
    trained: TrainingRun,
    people: People,
    second_reviewer: User,
    django_assert_num_queries: Queries,
) -> None:
    assert trained.snapshot is not None
    client = as_(second_reviewer)
    for kept in (24, 3):
        keep = trained.snapshot.items.values("pk")[:kept]
        trained.snapshot.items.exclude(pk__in=list(keep.values_list("pk", flat=True))).delete()
        with django_assert_num_queries(9):
            client.get(trained.snapshot.get_absolute_url())


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
