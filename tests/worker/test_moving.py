"""Letting a version answer or judge in shadow, and pausing a policy: who may, by which rules."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version
from labelling.errors import Conflict
from labelling.models import AuditEntry
from tests.worker.challengers import challenger, in_shadow
from tests.worker.conftest import People
from tests.worker.test_pages import as_, text
from worker.models import GateOverride, RetrainingPolicy, ShadowTrial, TrainingRun
from worker.services.letting import let_answer

State = ModelVersion.State
PASSED = [{"name": "AUROC", "before": 0.9, "ok": True, "words": "AUROC is as good."}]
FAILED = [{"name": "AUROC", "before": 0.9, "ok": False, "words": "AUROC is worse."}]


@pytest.fixture
def candidate(version: ModelVersion, tmp_path: Path, settings: Any) -> ModelVersion:
    settings.SHADOW_PICTURES = 200
    return challenger(tmp_path / "two")


@pytest.fixture
def trial(candidate: ModelVersion, version: ModelVersion) -> ShadowTrial:
    """Version 2 in shadow, made by a training that passed the gate."""
    run = TrainingRun.objects.create(
        version=candidate, parent=version, state=TrainingRun.State.SHADOW, gate=PASSED
    )
    run.outcome = "in shadow: version 2 judges; AUROC 0.9 → 0.9"
    run.save()
    return in_shadow(candidate, version)


def unchanged(trial: ShadowTrial) -> bool:
    trial.refresh_from_db()
    trial.version.refresh_from_db()
    return trial.state == "running" and trial.version.state == State.SHADOW


def answer_now(number: int = 2) -> str:
    return reverse("promote-version", args=[number])


def test_it_asks_back_and_then_the_version_answers(trial: ShadowTrial, people: People) -> None:
    client = as_(people.admin)
    assert answer_now() in text(client, reverse("dashboard"))
    page = text(client, answer_now())
    assert "Let version 2 answer now?" in page
    assert "judged 0 of 200 pictures beside version 1" in page
    assert unchanged(trial)

    answer = client.post(answer_now(), {"reason": " It is  urgent. "}, follow=True)

    assert "Version 2 answers from now on." in answer.content.decode()
    assert production_version() == trial.version
    trial.refresh_from_db()
    told = "alex let it answer after 0 pictures: It is urgent."
    assert (trial.state, trial.outcome) == (ShadowTrial.State.PASSED, told)
    run = TrainingRun.objects.get()
    assert run.state == TrainingRun.State.PROMOTED
    assert told in run.outcome
    entry = AuditEntry.objects.get(action="model.promoted", subject="version:2")
    assert (entry.actor, entry.details["reason"]) == ("alex", f"In shadow, {told}")


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_nobody_else_lets_a_version_answer(trial: ShadowTrial, people: People, who: str) -> None:
    written = VersionChange.objects.count()
    answer = as_(getattr(people, who)).post(answer_now(), {"reason": "It is urgent."})
    assert answer.status_code == 403
    assert unchanged(trial)
    assert VersionChange.objects.count() == written


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 301])
def test_it_takes_a_reason(trial: ShadowTrial, people: People, reason: str) -> None:
    answer = as_(people.admin).post(answer_now(), {"reason": reason})
    assert answer.status_code == 400
    assert "Say in 3 to 300 characters" in answer.content.decode()
    assert unchanged(trial)


@pytest.mark.parametrize("gate", [FAILED, []])
def test_what_the_gate_refused_or_never_saw_does_not_answer_so(
    trial: ShadowTrial, people: People, gate: list[dict[str, Any]]
) -> None:
    TrainingRun.objects.update(gate=gate)
    client = as_(people.admin)
    for answer in (client.get(answer_now()), client.post(answer_now(), {"reason": "It must."})):
        assert answer.status_code == 409
    assert unchanged(trial)


def test_what_a_named_person_sent_on_may_answer(trial: ShadowTrial, people: People) -> None:
    TrainingRun.objects.update(gate=FAILED)
    GateOverride.objects.create(version=trial.version, by="alex", reason="x" * 20, checks=["worse"])
    let_answer(number=2, by=people.admin, reason="It is urgent.")
    assert production_version() == trial.version


def test_what_shadow_speaks_against_does_not_answer_so(
    trial: ShadowTrial, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    against = "9 of 10 verdicts turned."
    monkeypatch.setattr("worker.services.letting.objection", lambda *_, **__: against)
    with pytest.raises(Conflict, match="9 of 10 verdicts turned"):
        let_answer(number=2, by=people.admin, reason="It is urgent.")
    assert unchanged(trial)


def test_what_is_not_in_shadow_is_a_conflict(candidate: ModelVersion, people: People) -> None:
    answer = as_(people.admin).post(answer_now(), {"reason": "It is urgent."})
    assert answer.status_code == 409
    candidate.refresh_from_db()
    assert candidate.state == State.CANDIDATE


def test_a_candidate_is_put_in_shadow_by_its_button(
    candidate: ModelVersion, people: People
) -> None:
    client, address = as_(people.admin), reverse("shadow-version", args=[2])
    assert address in text(client, reverse("dashboard"))
    page = text(client, address)
    assert "Let version 2 judge in shadow?" in page
    assert not ShadowTrial.objects.exists()

    empty = client.post(address, {"reason": " "})
    assert (empty.status_code, ShadowTrial.objects.count()) == (400, 0)
    assert "Say where this version comes from" in empty.content.decode()

    assert client.post(address, {"reason": "From the lab."}).status_code == 302
    assert ShadowTrial.objects.get().version == candidate
    change = candidate.changes.filter(after=State.SHADOW).get()
    assert (change.by, change.reason) == ("alex", "From elsewhere: From the lab.")
    assert client.get(address).status_code == 409


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_nobody_else_starts_a_shadow(candidate: ModelVersion, people: People, who: str) -> None:
    address = reverse("shadow-version", args=[2])
    answer = as_(getattr(people, who)).post(address, {"reason": "From the lab."})
    assert answer.status_code == 403
    assert not ShadowTrial.objects.exists()


def policy_address() -> str:
    return reverse("pause-policy", args=[RetrainingPolicy.objects.get().pk])


def press(client: Client, enabled: str) -> int:
    return client.post(policy_address(), {"enabled": enabled}).status_code


def test_a_policy_is_paused_and_resumed_with_an_entry_in_the_audit_log(
    version: ModelVersion, people: People
) -> None:
    client = as_(people.admin)
    assert "Pause “Learn from new labels”?" in text(client, policy_address())
    assert press(client, "0") == 302
    assert not RetrainingPolicy.objects.get().enabled
    assert "Resume “Learn from new labels”?" in text(client, policy_address())
    assert press(client, "1") == 302
    assert RetrainingPolicy.objects.get().enabled
    entries = AuditEntry.objects.filter(action="policy.retraining").order_by("pk")
    assert [(e.actor, e.details["before"], e.details["after"]) for e in entries] == [
        ("alex", {"enabled": True}, {"enabled": False}),
        ("alex", {"enabled": False}, {"enabled": True}),
    ]


def test_a_second_press_does_not_undo_the_first(version: ModelVersion, people: People) -> None:
    client = as_(people.admin)
    assert (press(client, "0"), press(client, "0")) == (302, 409)
    assert not RetrainingPolicy.objects.get().enabled
    assert AuditEntry.objects.filter(action="policy.retraining").count() == 1


@pytest.mark.parametrize("enabled", ["", "2", "off"])
def test_a_press_that_says_nothing_changes_nothing(
    version: ModelVersion, people: People, enabled: str
) -> None:
    assert press(as_(people.admin), enabled) == 400
    assert RetrainingPolicy.objects.get().enabled


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_nobody_else_pauses_a_policy(version: ModelVersion, people: People, who: str) -> None:
    assert press(as_(getattr(people, who)), "0") == 403
    assert RetrainingPolicy.objects.get().enabled
    assert not AuditEntry.objects.filter(action="policy.retraining").exists()


def test_a_policy_that_is_gone_is_a_404(version: ModelVersion, people: People) -> None:
    address = policy_address()
    RetrainingPolicy.objects.all().delete()
    client = as_(people.admin)
    assert client.get(address).status_code == 404
    assert client.post(address, {"enabled": "0"}).status_code == 404
