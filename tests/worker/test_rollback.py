"""Going back: by whom, to what, from this machine's disk, and for good."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from classifier.errors import NoModel, NotAllowed
from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version
from classifier.services import promote_version
from classifier.serving import registry, serving_detector
from classifier.vocabulary import Label
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Image
from tests.worker.challengers import challenger, in_shadow, judged_pictures
from tests.worker.conftest import People
from worker.models import ShadowTrial, TrainingRun
from worker.services.promotion import send_on
from worker.services.retraining import request_retraining, run_retraining
from worker.services.rollback import roll_back

Settle = Callable[..., list[Image]]
V = ModelVersion.State


@pytest.fixture
def second(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    """Version 2 answers; version 1 did before."""
    return promote_version(version=challenger(tmp_path / "two", bias=0.02))


@pytest.fixture
def third(second: ModelVersion, tmp_path: Path) -> ModelVersion:
    return promote_version(version=challenger(tmp_path / "three", bias=0.03))


def test_the_version_before_answers_again(
    second: ModelVersion, version: ModelVersion, people: People
) -> None:
    assert roll_back(by=people.admin, reason="It accuses painters.") == version

    second.refresh_from_db()
    live, detector = serving_detector()
    assert (live, detector.bundle.digest) == (version, version.digest)
    told = "Rolled back: It accuses painters."
    assert (second.state, second.taken_back) == (V.ARCHIVED, told)
    steps = VersionChange.objects.order_by("-pk").values_list("version", "after", "by", "reason")
    assert list(steps[:2]) == [
        (version.pk, V.PRODUCTION, "alex", told),
        (second.pk, V.ARCHIVED, "alex", f"It was taken back; version 1 answers. {told}"),
    ]


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_only_administrators_may(
    second: ModelVersion, version: ModelVersion, people: People, who: str
) -> None:
    written = VersionChange.objects.count()
    with pytest.raises(NotAllowed, match="Only administrators"):
        roll_back(by=getattr(people, who))
    assert production_version() == second
    assert VersionChange.objects.count() == written


def test_twice_goes_two_steps_back_and_never_to_what_was_taken_back(
    third: ModelVersion, second: ModelVersion, version: ModelVersion
) -> None:
    assert roll_back(by=None) == second
    assert roll_back(by=None) == version
    with pytest.raises(NoModel, match="no version before"):
        roll_back(by=None)
    assert production_version() == version


def test_a_person_may_name_the_version_also_one_that_was_taken_back(
    third: ModelVersion, second: ModelVersion, version: ModelVersion
) -> None:
    assert roll_back(by=None, to=1) == version
    assert roll_back(by=None, to=3) == third
    third.refresh_from_db()
    version.refresh_from_db()
    assert (third.state, third.taken_back) == (V.PRODUCTION, "")
    assert version.taken_back == "Rolled back: no reason was given"


def test_what_one_cannot_go_back_to(
    second: ModelVersion, version: ModelVersion, tmp_path: Path
) -> None:
    challenger(tmp_path / "three", bias=0.03)
    for number, error, words in (
        (2, Conflict, "Version 2 answers now."),
        (3, Conflict, "Version 3 has never answered"),
        (9, NotFound, "There is no version 9."),
    ):
        with pytest.raises(error, match=words):
            roll_back(by=None, to=number)
    assert production_version() == second


def test_a_bundle_that_was_changed_is_passed_over(
    third: ModelVersion, second: ModelVersion, version: ModelVersion
) -> None:
    head = registry().get(second.reference) / "head.safetensors"
    head.chmod(0o644)
    head.write_bytes(head.read_bytes()[:-1] + b"x")
    with pytest.raises(NoModel, match="No sound bundle is on this machine for version 2"):
        roll_back(by=None, to=2)
    assert production_version() == third
    assert roll_back(by=None) == version


def test_a_challenger_in_shadow_yields(
    second: ModelVersion, version: ModelVersion, tmp_path: Path, settings: LazySettings
) -> None:
    settings.SHADOW_PICTURES = 10
    trial = in_shadow(challenger(tmp_path / "three", bias=0.03), second)
    roll_back(by=None)
    trial.refresh_from_db()
    assert (trial.state, trial.version.state) == (ShadowTrial.State.OVERTAKEN, V.REJECTED)


def test_the_loop_does_not_promote_the_same_again(
    version: ModelVersion, people: People, settle: Settle
) -> None:
    """The same labels learn the same head; a person took that back, so it is refused."""
    for label in Label:
        settle(label, range(40), by=people.reviewer)
    run_retraining(request_retraining(by=None, dispatch=False).pk)
    roll_back(by=people.admin, reason="It accuses painters.")
    again = TrainingRun.objects.create()

    run_retraining(again.pk)

    again.refresh_from_db()
    assert again.version is not None
    assert again.version.number == 3
    assert again.version.head_digest == ModelVersion.objects.get(number=2).head_digest
    assert again.state == TrainingRun.State.REJECTED
    assert again.outcome == (
        "rejected: it learned the same as version 2, which was taken back: "
        "Rolled back: It accuses painters. Version 1 answers as before."
    )
    assert production_version() == version


def test_the_command_says_what_answers(second: ModelVersion) -> None:
    out = StringIO()
    call_command("rollback", reason="It accuses painters.", stdout=out)
    assert out.getvalue() == "Version 1 answers from now on.\n"
    assert VersionChange.objects.first().by == "command line"  # type: ignore[union-attr]
    with pytest.raises(CommandError, match="no version before"):
        call_command("rollback", stdout=out)


class Hanging:
    """A server that takes connections and never says a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.asked = 0
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        self.kept = []
        while True:
            try:
                self.kept.append(self.socket.accept()[0])
            except OSError:
                return
            self.asked += 1


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    server = Hanging()
    yield server
    server.socket.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("network", ["hanging", "closed"])
def test_it_needs_no_network(
    second: ModelVersion,
    version: ModelVersion,
    settings: LazySettings,
    hanging: Hanging,
    network: str,
) -> None:
    """Weights & Biases hangs or refuses; the bundle is on the disk and the alias waits."""
    url = hanging.url if network == "hanging" else "http://127.0.0.1:9"
    settings.WANDB = settings.WANDB | {"api_key": "k" * 40, "base_url": url}
    started = time.monotonic()

    assert roll_back(by=None) == version

    assert time.monotonic() - started < 60
    assert serving_detector()[1].bundle.digest == version.digest
    assert registry().resolve("production") == version.reference
    assert [entry.digest for entry in registry().pending()] == [version.digest]


@pytest.mark.django_db(transaction=True)
def test_a_bundle_that_this_machine_once_fetched_is_enough(
    second: ModelVersion, version: ModelVersion, settings: LazySettings, hanging: Hanging
) -> None:
    settings.WANDB = settings.WANDB | {"api_key": "k" * 40, "base_url": hanging.url}
    root = settings.REGISTRY_ROOT
    (root / "fetched").mkdir()
    (root / "bundles" / version.digest).rename(root / "fetched" / version.digest)
    (root / "entries" / f"{version.digest}.json").unlink()
    started = time.monotonic()

    assert roll_back(by=None) == version

    assert time.monotonic() - started < 60
    assert serving_detector()[1].bundle.digest == version.digest
    assert registry().resolve("production") == version.reference


@pytest.fixture
def refused(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    new = challenger(tmp_path / "new", turned=True)
    ModelVersion.objects.filter(pk=new.pk).update(state=V.REJECTED)
    new.refresh_from_db()
    return new


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_only_administrators_send_a_refused_version_on(
    refused: ModelVersion, people: People, who: str
) -> None:
    with pytest.raises(NotAllowed):
        send_on(version=refused, by=getattr(people, who), reason="I like it.")
    refused.refresh_from_db()
    assert refused.state == V.REJECTED


def test_sending_on_needs_a_reason_and_a_refusal(
    refused: ModelVersion, version: ModelVersion, people: People
) -> None:
    with pytest.raises(InvalidRequest, match="Say why"):
        send_on(version=refused, by=people.admin, reason="  ")
    with pytest.raises(Conflict, match="Version 1 is production"):
        send_on(version=version, by=people.admin, reason="I like it.")
    refused.refresh_from_db()
    assert refused.state == V.REJECTED


def test_what_the_gate_refused_goes_into_shadow_and_what_shadow_refused_goes_live(
    refused: ModelVersion, version: ModelVersion, people: People, settings: LazySettings
) -> None:
    from worker.services.shadow import continue_trial

    settings.SHADOW_PICTURES = 5
    judged_pictures(Label.AI, range(5))
    send_on(version=refused, by=people.admin, reason="The gold set is wrong.")
    refused.refresh_from_db()
    assert refused.state == V.SHADOW
    change = refused.changes.first()
    assert change is not None
    assert (change.by, change.reason) == ("alex", "Sent on: The gold set is wrong.")

    continue_trial(trial_id=ShadowTrial.objects.get().pk)
    refused.refresh_from_db()
    assert refused.state == V.REJECTED

    send_on(version=refused, by=people.admin, reason="It should turn them.")
    assert production_version() == refused
