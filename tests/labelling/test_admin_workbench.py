"""The back office shows the workbench and what runs by itself, and changes nothing of it."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelling.models import AuditEntry, Dispute, Flag, QueueItem, QueuePolicy, Showing, User
from labelling.services.invitations import invite
from tests.labelling.rows import make_image, make_version
from tests.labelling.test_admin import signed_in
from worker.models import GateOverride, Job, ShadowTrial, Watch

pytestmark = pytest.mark.django_db
WORKBENCH = ("queueitem", "showing", "dispute", "flag", "invitation", "auditentry")
LOOP = ("gateoverride", "shadowtrial", "watch", "job")
MODELS = [*(f"labelling_{name}" for name in WORKBENCH), *(f"worker_{name}" for name in LOOP)]


@pytest.mark.parametrize("model", MODELS)
def test_the_workbench_is_shown_to_administrators_and_changed_by_nobody(
    administrator: User, reviewer: User, adjudicator: User, model: str
) -> None:
    listed, add = (reverse(f"admin:{model}_{page}") for page in ("changelist", "add"))
    superuser = User.objects.create_superuser("root")
    for person in (administrator, superuser):
        client = signed_in(person)
        assert client.get(listed, {"q": "a"}).status_code == 200
        assert client.get(add).status_code == 403
    for person in (reviewer, adjudicator):
        assert signed_in(person).get(listed).status_code == 302


def make_workbench_rows(number: int, person: User) -> None:
    image, now = make_image(f"bench {number}"), timezone.now()
    QueueItem.objects.get_or_create(
        image=image, defaults={"lane": "ranked", "why": "uncertain", "since": now}
    )
    Showing.objects.create(
        image=image,
        person=person,
        why="uncertain",
        probability=1.0,
        turn=number,
        shown_at=now,
        leased_until=now,
    )
    version = make_version(number + 10)
    Dispute.objects.create(
        image=image, by=person, version=version, verdict="ai", probability_ai=0.9, reason="No."
    )
    Flag.objects.create(image=image, by=person, note="Look at the hands.")
    invite(roles=[], by=person)
    GateOverride.objects.create(version=version, by="alex", reason="because", checks=[])
    ShadowTrial.objects.create(
        version=version, champion=version, state=ShadowTrial.State.PASSED, wanted=1
    )
    Watch.objects.create(version=version, before=version, state=Watch.State.KEPT, ends_at=now)
    Job.objects.create(kind=Job.Kind.EXPORT, title="Export", requested_by=person)


def test_its_lists_need_as_many_queries_for_many_as_for_one(
    administrator: User,
) -> None:
    client = signed_in(administrator)
    counts: list[dict[str, int]] = []
    for numbers in (range(1), range(1, 11)):
        for number in numbers:
            make_workbench_rows(number, administrator)
        counts.append({model: queries_for(client, model) for model in MODELS})
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 9


def queries_for(client: Client, model: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse(f"admin:{model}_changelist"))
    return len(asked)


def test_each_row_of_it_has_a_page_without_a_secret(administrator: User) -> None:
    made, _ = invite(roles=[], by=administrator)
    make_workbench_rows(1, administrator)
    client = signed_in(administrator)
    for model in MODELS:
        row = apps.get_model(model.replace("_", "."))._base_manager.all()[0]
        page = client.get(reverse(f"admin:{model}_change", args=[row.pk]))
        assert page.status_code == 200
        assert made.token_digest not in page.content.decode()


def policy_form(**changes: object) -> dict[str, object]:
    shares = ("gold_share", "audit_share", "novel_share", "gold_floor")
    numbers = ("votes_wanted", "unsure_wanted", "lease_minutes")
    stored = QueuePolicy.objects.get()
    return {name: getattr(stored, name) for name in shares + numbers} | changes


def test_an_administrator_changes_how_the_queue_mixes(administrator: User) -> None:
    address = reverse("admin:labelling_queuepolicy_change", args=[QueuePolicy.objects.get().pk])
    client = signed_in(administrator)
    assert client.get(address).status_code == 200
    assert client.post(address, policy_form(gold_share=0.1, lease_minutes=7)).status_code == 302

    policy = QueuePolicy.objects.get()
    assert (policy.gold_share, policy.lease_minutes) == (0.1, 7)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == ("alex", "policy.changed")
    assert entry.details["after"] == {"gold_share": 0.1, "lease_minutes": 7}


def test_a_share_that_cannot_be_is_said_beside_its_field(administrator: User) -> None:
    address = reverse("admin:labelling_queuepolicy_change", args=[QueuePolicy.objects.get().pk])
    answer = signed_in(administrator).post(address, policy_form(gold_share=0.9))
    assert (answer.status_code, "less than or equal to 0.5" in answer.content.decode()) == (
        200,
        True,
    )
    assert QueuePolicy.objects.get().gold_share == 0.05
    assert not AuditEntry.objects.exists()


def test_nobody_else_changes_it_and_there_is_one(
    administrator: User, reviewer: User, second_reviewer: User, outsider: User
) -> None:
    pk = QueuePolicy.objects.get().pk
    address = reverse("admin:labelling_queuepolicy_change", args=[pk])
    for person in (reviewer, second_reviewer, outsider):
        assert signed_in(person).post(address, policy_form(gold_share=0.1)).status_code == 302
    superuser = User.objects.create_superuser("root")
    for person in (administrator, superuser):
        client = signed_in(person)
        assert client.get(reverse("admin:labelling_queuepolicy_add")).status_code == 403
        gone = client.post(
            reverse("admin:labelling_queuepolicy_delete", args=[pk]), {"post": "yes"}
        )
        assert gone.status_code == 403
    assert QueuePolicy.objects.get().gold_share == 0.05
