"""Overruling the gate: who may, with which reason, when, and what is kept of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import promote_version
from classifier.vocabulary import Label
from labelling.errors import Conflict, InvalidRequest
from labelling.models import User
from tests.worker.challengers import challenger, in_shadow, judged_pictures
from tests.worker.conftest import People
from tests.worker.gates import refused_version
from worker.models import GateOverride, ShadowTrial, TrainingRun
from worker.services import chain
from worker.services.overriding import may_be_overridden, override_gate
from worker.services.shadow import continue_trial

REASON = "The zoo's pictures were labelled wrongly; we looked at all of them."
FIRST_WORDS = "false accusations (gold): 0.0% before, 10.0% now"
V = ModelVersion.State


@pytest.fixture
def refused(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    return refused_version(version, tmp_path / "refused")


def nothing_changed(refused: ModelVersion, version: ModelVersion) -> bool:
    refused.refresh_from_db()
    return (
        refused.state == V.REJECTED
        and production_version() == version
        and not GateOverride.objects.exists()
        and not ShadowTrial.objects.exists()
    )


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_named_administrator_sends_it_on(
    refused: ModelVersion, version: ModelVersion, people: People
) -> None:
    """No pictures are wanted in shadow here, so it answers at once."""
    override = override_gate(version=refused, by=people.admin, reason=f"  {REASON}\n")

    refused.refresh_from_db()
    assert (override.version, override.by, override.reason) == (refused, "alex", REASON)
    assert any(words.startswith(FIRST_WORDS) for words in override.checks)
    assert (refused.state, production_version()) == (V.PRODUCTION, refused)
    run = TrainingRun.objects.get(version=refused)
    assert run.state == TrainingRun.State.PROMOTED
    assert run.outcome == f"promoted: alex sent it on: {REASON}"
    assert not all(row["ok"] for row in run.gate), "the table stays as it was"


def test_it_goes_into_shadow_as_if_it_had_passed(
    refused: ModelVersion,
    version: ModelVersion,
    people: People,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SHADOW_PICTURES = 10
    monkeypatch.setattr(chain, "send", lambda *_: True)

    override_gate(version=refused, by=people.admin, reason=REASON)

    refused.refresh_from_db()
    trial = ShadowTrial.objects.get()
    assert (refused.state, production_version()) == (V.SHADOW, version)
    assert (trial.version, trial.champion) == (refused, version)


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_nobody_else_may(
    refused: ModelVersion, version: ModelVersion, people: People, who: str
) -> None:
    with pytest.raises(NotAllowed):
        override_gate(version=refused, by=getattr(people, who), reason=REASON)
    assert nothing_changed(refused, version)


@pytest.mark.parametrize("reason", ["", "because I can", " " * 40, "a" + " " * 30 + "b", "x" * 401])
def test_a_reason_must_say_something(
    refused: ModelVersion, version: ModelVersion, people: People, reason: str
) -> None:
    with pytest.raises(InvalidRequest, match="20 to 400 characters"):
        override_gate(version=refused, by=people.admin, reason=reason)
    assert nothing_changed(refused, version)


def test_what_passed_the_gate_needs_nobodys_word(
    version: ModelVersion, people: People, tmp_path: Path
) -> None:
    """It was rejected for another reason."""
    passed = refused_version(version, tmp_path / "passed", accused=0)
    with pytest.raises(Conflict, match="has not refused version 2"):
        override_gate(version=passed, by=people.admin, reason=REASON)
    assert nothing_changed(passed, version)


def test_a_version_without_a_run_was_never_refused(
    version: ModelVersion, people: People, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="has not refused"):
        override_gate(version=challenger(tmp_path / "new"), by=people.admin, reason=REASON)
    assert not GateOverride.objects.exists()


def test_one_goes_on_only_once(refused: ModelVersion, people: People) -> None:
    override_gate(version=refused, by=people.admin, reason=REASON)
    with pytest.raises(Conflict, match="not refused any more"):
        override_gate(version=refused, by=people.admin, reason=REASON)
    assert GateOverride.objects.count() == 1


def test_a_comparison_with_what_no_longer_answers_does_not_count(
    refused: ModelVersion, people: People, tmp_path: Path
) -> None:
    newer = challenger(tmp_path / "newer", bias=0.03)
    promote_version(version=newer)
    with pytest.raises(Conflict, match="no longer counts"):
        override_gate(version=refused, by=people.admin, reason=REASON)
    assert nothing_changed(refused, newer)
    assert not may_be_overridden(refused)


def test_what_was_overruled_cannot_be_rewritten(refused: ModelVersion, people: People) -> None:
    override = override_gate(version=refused, by=people.admin, reason=REASON)
    override.reason = "I never said that, it was somebody else."
    with pytest.raises(TypeError):
        override.save()
    with pytest.raises(TypeError):
        override.delete()
    assert GateOverride.objects.get().reason == REASON


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_is_for_administrators(
    refused: ModelVersion, version: ModelVersion, people: People, who: str, method: str
) -> None:
    address = reverse("override-gate", args=[2])
    answer = getattr(as_(getattr(people, who)), method)(address, {"reason": REASON})
    assert answer.status_code == 403
    assert nothing_changed(refused, version)
    page = as_(getattr(people, who)).get(reverse("version", args=[2])).content.decode()
    assert address not in page


def test_the_page_asks_for_a_reason_and_says_what_failed(
    refused: ModelVersion, version: ModelVersion, people: People
) -> None:
    client, address = as_(people.admin), reverse("override-gate", args=[2])
    assert address in client.get(reverse("version", args=[2])).content.decode()
    asked = client.get(address).content.decode()
    assert "F" + FIRST_WORDS[1:] in asked

    answer = client.post(address, {"reason": "because"})

    assert answer.status_code == 400
    assert "Say in 20 to 400 characters" in answer.content.decode()
    assert ">because</textarea>" in answer.content.decode()
    assert nothing_changed(refused, version)


def test_name_and_reason_stand_beside_the_table_for_everybody(
    refused: ModelVersion, people: People
) -> None:
    client = as_(people.admin)
    answer = client.post(reverse("override-gate", args=[2]), {"reason": REASON})
    assert answer.status_code == 302
    page = as_(people.outsider).get(reverse("version", args=[2])).content.decode()
    assert "alex sent it on all the same" in page
    assert REASON.replace("'", "&#x27;") in page
    assert (
        reverse("override-gate", args=[2])
        not in client.get(reverse("version", args=[2])).content.decode()
    )


def test_the_forms_token_is_needed(
    refused: ModelVersion, version: ModelVersion, people: People
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.admin)
    answer = client.post(reverse("override-gate", args=[2]), {"reason": REASON})
    assert answer.status_code == 403
    assert nothing_changed(refused, version)


def test_strangers_are_sent_to_the_login(refused: ModelVersion, version: ModelVersion) -> None:
    answer = Client().post(reverse("override-gate", args=[2]), {"reason": REASON})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("login"))
    assert nothing_changed(refused, version)


def test_the_versions_page_costs_the_same_however_long_the_table(
    refused: ModelVersion,
    people: People,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    run = TrainingRun.objects.get(version=refused)
    client = as_(people.admin)
    for rows in (run.gate, run.gate * 10):
        run.gate = rows
        run.save()
        with django_assert_max_num_queries(17):
            assert client.get(reverse("version", args=[2])).status_code == 200


def test_what_only_its_time_in_shadow_refused_can_be_sent_on_too(
    version: ModelVersion, people: People, tmp_path: Path, settings: LazySettings
) -> None:
    """It goes live: there is nothing left that it has not been through."""
    settings.SHADOW_PICTURES = 5
    passed = challenger(tmp_path / "passed", turned=True)
    TrainingRun.objects.create(state=TrainingRun.State.SHADOW, parent=version, version=passed)
    trial = in_shadow(passed, version)
    judged_pictures(Label.AI, range(5))
    continue_trial(trial_id=trial.pk)
    passed.refresh_from_db()
    assert (passed.state, may_be_overridden(passed)) == (V.REJECTED, True)

    override = override_gate(version=passed, by=people.admin, reason=REASON)

    words = "5 of 5 verdicts turned between AI and human; 5% would be fine."
    assert override.checks == [f"In shadow, {words} Version 1 answers as before."]
    assert production_version() == passed
