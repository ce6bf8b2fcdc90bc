"""``manage.py registry``: what a person sees of the bundles, and taking one in."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier.detector.bundle import read_bundle
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.registry.runs import Run
from classifier.services import promote_version, register_version
from classifier.serving import registry
from tests.classifier.registry.conftest import make_bundle, make_record
from tests.worker.small import small_bundle

State = ModelVersion.State
ACCURACY = "train/epoch_acc"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("registry", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def trials(tmp_path: Path) -> list[str]:
    """The digests of two bundles of a sweep, the second better by accuracy, the first by loss."""
    digests = []
    for number, (accuracy, loss) in enumerate([(0.7, 0.1), (0.8, 0.2)]):
        run = Run(f"trial {number}", sweep="local-1", id=f"run{number}")
        record = make_record(tmp_path / run.id, run, [{ACCURACY: accuracy, "loss": loss}])
        digests.append(registry().put(make_bundle(tmp_path, f"bundle-{number}"), run=record))
    return digests


def test_the_list_shows_digests_and_aliases_the_newest_first(trials: list[str]) -> None:
    registry().alias(trials[0], "production")

    newest, oldest = said("list").splitlines()

    assert newest.startswith(trials[1][:12])
    assert newest.endswith("latest")
    assert oldest.startswith(trials[0][:12])
    assert oldest.endswith("production")


def test_an_empty_registry_says_so() -> None:
    assert said("list") == "The registry is empty.\n"


def test_the_best_run_is_named_by_the_settings_or_by_the_command(
    trials: list[str], settings: Any
) -> None:
    settings.WANDB_SWEEP_ID = "local-1"

    assert said("best") == (
        f"The best run is trial 1 (run1) with {ACCURACY} 0.8; its bundle is {trials[1][:12]}.\n"
    )
    assert trials[0][:12] in said("best", "--metric", "loss")
    with pytest.raises(CommandError, match="no runs of a sweep other"):
        said("best", "--sweep", "other")


def test_without_a_sweep_it_says_how_to_name_one(trials: list[str]) -> None:
    with pytest.raises(CommandError, match="Set WANDB_SWEEP_ID, or give --sweep"):
        said("best")


@pytest.mark.django_db
def test_the_best_is_taken_in_as_a_candidate_and_answers_nobody(
    trials: list[str], tmp_path: Path
) -> None:
    live = register_version(bundle=small_bundle(tmp_path / "small").path)
    promote_version(version=live)

    told = said("adopt", "--sweep", "local-1")

    version = ModelVersion.objects.get(digest=trials[1])
    assert version.state == State.CANDIDATE
    assert "It is version 2, candidate." in told
    assert "manage.py consider 2 --by NAME" in told
    assert production_version() == live
    assert registry().resolve("candidate") == trials[1]
    said("adopt", "--sweep", "local-1")
    assert ModelVersion.objects.count() == 2, "the same bundle twice is the same version"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["digest", "beginning", "alias", "folder"])
def test_a_bundle_is_taken_in_by_any_of_its_names(
    trials: list[str], tmp_path: Path, name: str
) -> None:
    registry().alias(trials[0], "shadow")
    names = {
        "digest": trials[0],
        "beginning": trials[0][:8],
        "alias": "shadow",
        "folder": str(tmp_path / "bundle-0"),
    }

    said("adopt", names[name])

    assert ModelVersion.objects.get().digest == trials[0]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nothing", "0", ""])
def test_what_the_registry_does_not_hold_is_not_taken_in(trials: list[str], name: str) -> None:
    with pytest.raises(CommandError, match="`registry list` shows all"):
        said("adopt", name)
    assert not ModelVersion.objects.exists()


def test_a_bundle_is_pulled_into_a_new_folder(trials: list[str], tmp_path: Path) -> None:
    said("pull", "latest", str(tmp_path / "pulled"))

    assert read_bundle(tmp_path / "pulled", verify=True).digest == trials[1]
    with pytest.raises(CommandError, match="exists"):
        said("pull", "latest", str(tmp_path / "pulled"))


def test_what_waits_for_weights_and_biases_is_shown(
    trials: list[str], tmp_path: Path, settings: Any
) -> None:
    settings.WANDB = {
        "api_key": "0" * 40,
        "entity": "us",
        "project": "aivh",
        "base_url": "http://127.0.0.1:9",
        "timeout": 1,
        "transfer_timeout": 1,
    }
    record = make_record(tmp_path / "run", Run("late", id="late"))
    registry().put(make_bundle(tmp_path, "late"), run=record)

    assert "Waiting for Weights & Biases: 1 bundles, 1 runs." in said("list")
