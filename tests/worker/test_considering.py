"""A version from elsewhere: who may put it into shadow, when, and what comes of it."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier.errors import NoModel, NotAllowed
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.vocabulary import Label
from labelling.errors import Conflict, InvalidRequest
from tests.worker.challengers import challenger, judged_pictures
from tests.worker.conftest import People
from worker.models import ShadowTrial, TrainingRun
from worker.services.considering import consider
from worker.services.shadow import gain_of

V = ModelVersion.State


@pytest.fixture
def candidate(version: ModelVersion, tmp_path: Path, settings: Any) -> ModelVersion:
    settings.SHADOW_PICTURES = 5
    return challenger(tmp_path / "elsewhere")


def unchanged(candidate: ModelVersion) -> bool:
    candidate.refresh_from_db()
    return candidate.state == V.CANDIDATE and not ShadowTrial.objects.exists()


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_only_administrators_may(candidate: ModelVersion, people: People, who: str) -> None:
    with pytest.raises(NotAllowed):
        consider(version=candidate, by=getattr(people, who), reason="the best of our sweep")
    assert unchanged(candidate)


def test_it_goes_into_shadow_with_a_name_and_a_reason(
    candidate: ModelVersion, version: ModelVersion, people: People
) -> None:
    consider(version=candidate, by=people.admin, reason="the best of\nour sweep")

    candidate.refresh_from_db()
    assert candidate.state == V.SHADOW
    assert production_version() == version, "nobody sees it yet"
    change = candidate.changes.first()
    assert change is not None
    assert (change.by, change.reason) == ("alex", "From elsewhere: the best of our sweep")


def test_what_agrees_on_enough_pictures_goes_live(candidate: ModelVersion, people: People) -> None:
    judged_pictures(Label.AI, range(3))
    judged_pictures(Label.HUMAN, range(2))

    consider(version=candidate, by=people.admin, reason="the best of our sweep")

    assert production_version() == candidate
    assert ShadowTrial.objects.get().state == ShadowTrial.State.PASSED
    newest = candidate.changes.order_by("-pk").first()
    assert newest is not None
    assert newest.reason.startswith("In shadow, "), "no gate has measured it"


def test_what_a_bundle_from_elsewhere_claims_widens_no_bounds(
    candidate: ModelVersion,
) -> None:
    claimed = {"n": 100, "champion": 0.0, "challenger": 1.0}
    ModelVersion.objects.filter(pk=candidate.pk).update(metrics={"new_labels": claimed})
    candidate.refresh_from_db()

    assert gain_of(candidate) == 0.0
    TrainingRun.objects.create(version=candidate, state=TrainingRun.State.PROMOTED)
    assert gain_of(candidate) == 1.0


def test_what_turns_verdicts_is_rejected(
    version: ModelVersion, people: People, tmp_path: Path, settings: Any
) -> None:
    settings.SHADOW_PICTURES = 20
    turned = challenger(tmp_path / "turned", turned=True)
    judged_pictures(Label.AI, range(20))

    consider(version=turned, by=people.admin, reason="the best of our sweep")

    turned.refresh_from_db()
    assert turned.state == V.REJECTED
    assert production_version() == version


def test_what_cannot_be_compared_is_refused(
    candidate: ModelVersion, version: ModelVersion, people: People, settings: Any
) -> None:
    with pytest.raises(InvalidRequest, match="Say where"):
        consider(version=candidate, by=people.admin, reason=" ")
    with pytest.raises(Conflict, match="Version 1 is production"):
        consider(version=version, by=people.admin, reason="the best of our sweep")
    settings.SHADOW_PICTURES = 0
    with pytest.raises(Conflict, match="without ever being compared"):
        consider(version=candidate, by=people.admin, reason="the best of our sweep")
    assert unchanged(candidate)


def test_without_a_version_that_answers_there_is_nothing_to_compare_with(
    candidate: ModelVersion, version: ModelVersion, people: People
) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(state=V.ARCHIVED)
    with pytest.raises(NoModel):
        consider(version=candidate, by=people.admin, reason="the best of our sweep")
    assert unchanged(candidate)


def test_the_command_does_it_and_says_what_is_wrong(
    candidate: ModelVersion, people: People
) -> None:
    arguments = {"by": "alex", "reason": "the best of our sweep", "stdout": StringIO()}
    with pytest.raises(CommandError, match="There is no version 99"):
        call_command("consider", 99, **arguments)
    with pytest.raises(CommandError, match="There is nobody called bert"):
        call_command("consider", candidate.number, **{**arguments, "by": "bert"})
    assert unchanged(candidate)

    call_command("consider", candidate.number, **arguments)

    assert "Version 2 is in shadow." in arguments["stdout"].getvalue()
