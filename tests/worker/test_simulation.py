"""The simulated loop: as many answers as asked, as wrong as asked, the same for the same seed."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from classifier.detector.decision import Head
from classifier.services import promote_version, register_version
from classifier.training.manifest import ManifestError
from classifier.training.progress import silent
from labelling.models import Image, Review, User
from labelling.permissions import ADMINISTRATORS, REVIEWERS
from tests.requirements import ROOT
from tests.worker.small import JUDGE, small_bundle
from tests.worker.streams import make_stream
from worker.simulation.beginning import Beginning
from worker.simulation.panel import (
    Panel,
    chance,
    make_administrator,
    make_reviewers,
    make_uploaders,
)
from worker.simulation.play import EVERYTHING, Point, hand_in, play
from worker.simulation.ruler import Ruler
from worker.simulation.simulate import draw_audit_sample
from worker.simulation.stream import NEW, OLD, Stream, read_stream

STOPS = (0, 12, 24)


@pytest.fixture
def stream(tmp_path: Path, settings: LazySettings) -> Stream:
    """40 pictures that arrive, read from their manifest; promotions come at once.

    None of them is an audit picture: plain colours all look like copies of it.
    """
    settings.RETRAIN_MIN_NEW_LABELS = 1
    settings.AUDIT_SHARE = 0.0
    settings.SHADOW_PICTURES = 0
    return read_stream(make_stream(tmp_path / "stream"))


@dataclass(frozen=True)
class Stage:
    """A site where the stream has arrived: four reviewers who never err, and who administers."""

    stream: Stream
    panel: Panel
    administrator: User
    beginning: Beginning
    ruler: Ruler

    def play(self, *, order: str = "ours", stops: Sequence[int] = STOPS, **other: Any) -> "Played":
        """Play once from the beginning; ``other`` changes the panel."""
        self.beginning.restore()
        panel = replace(self.panel, **other)
        draw_audit_sample(panel.seed)
        points = play(
            order=order,
            panel=panel,
            stops=stops,
            ruler=self.ruler,
            administrator=self.administrator,
        )
        votes = Review.objects.order_by("pk")
        return Played(
            points,
            list(votes.values_list("image__sha256", "answer")),
            list(votes.values_list("reviewer__username", flat=True)),
        )


@dataclass(frozen=True)
class Played:
    """The points, and the votes as they lie in the database: sha256 and answer, and whose."""

    points: list[Point]
    votes: list[tuple[str, str]]
    turns: list[str]


@pytest.fixture
def stage(transactional_db: None, stream: Stream, tmp_path: Path) -> Stage:
    # So that there is room to learn.
    unsure = replace(JUDGE, head=Head((JUDGE.head.weight / 6).astype(np.float32), 0.0))
    bundle = small_bundle(tmp_path / "bundles" / "small-1", judge=unsure)
    promote_version(version=register_version(bundle=bundle.path))
    give_roles()
    panel = Panel(make_reviewers(4), stream.truths(), error_rate=0.0, seed=0)
    administrator = make_administrator()
    hand_in(stream.arrives, make_uploaders())
    return Stage(stream, panel, administrator, Beginning(tmp_path), Ruler(stream, silent))


def give_roles() -> None:
    """The roles of the migrations, which a test that commits leaves behind without."""
    wanted = {REVIEWERS: ["add_review"], ADMINISTRATORS: ["add_review", "change_modelversion"]}
    for name, codes in wanted.items():
        role, _ = Group.objects.get_or_create(name=name)
        role.permissions.add(*Permission.objects.filter(codename__in=codes))


@pytest.mark.parametrize("order", ["ours", "random"])
def test_it_gives_as_many_answers_as_asked_by_reviewers_in_turn(stage: Stage, order: str) -> None:
    played = stage.play(order=order)

    assert [point.labels for point in played.points] == [0, 12, 24]
    assert len(played.votes) == len({digest for digest, _ in played.votes}) == 24
    assert played.turns == [f"simulated-reviewer-{number % 4 + 1}" for number in range(24)]
    assert all(answer == stage.panel.truths[digest].value for digest, answer in played.votes)


def test_every_stop_but_the_first_is_a_retraining_that_answers(stage: Stage) -> None:
    points = stage.play().points

    outcomes = [point.outcome for point in points]
    assert [words.split(":")[0] for words in outcomes] == ["as shipped", *["promoted"] * 2], (
        outcomes
    )
    assert [point.version for point in points] == [1, 2, 3]
    assert len({point.weights for point in points}) == 3
    assert all(set(point.measured) == {NEW, OLD} for point in points)
    assert points[0].measured[NEW]["balanced_accuracy"] == 1.0


def test_all_is_until_nothing_is_left_to_ask(stage: Stage) -> None:
    played = stage.play(stops=(0, 36, EVERYTHING))

    assert [point.labels for point in played.points] == [0, 36, 40]
    assert len(played.votes) == 40


@pytest.mark.parametrize("rate", [0.25, 1.0])
def test_answers_are_wrong_at_the_asked_rate(stage: Stage, rate: float) -> None:
    played = stage.play(stops=(0, 24), error_rate=rate)

    truths = stage.panel.truths
    wrong = [answer != truths[digest].value for digest, answer in played.votes]
    asked = zip(played.turns, played.votes, strict=True)
    assert wrong == [chance(0, who, digest) < rate for who, (digest, _) in asked]
    assert played.points[-1].wrong == sum(wrong)
    assert rate < 1 or all(wrong)


def test_a_seed_repeats_itself_to_the_bit(stage: Stage) -> None:
    first, again = stage.play(), stage.play()
    other = stage.play(order="random", error_rate=0.1, seed=1)

    assert again.votes == first.votes
    assert timeless(again.points) == timeless(first.points)
    assert len({point.weights for point in first.points}) == 3
    assert other.votes != first.votes


def timeless(points: Sequence[Point]) -> list[Point]:
    return [replace(point, seconds=0.0) for point in points]


def test_a_stream_that_lacks_a_class_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="There is no manifest"):
        read_stream(tmp_path)
    folder = make_stream(tmp_path / "stream")
    manifest = folder / "manifest.csv"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(line for line in lines if "stream/ai" not in line))

    with pytest.raises(ManifestError, match=r"stream/arrives .* needs pictures of both classes"):
        read_stream(folder)


@pytest.mark.django_db
def test_a_site_with_people_is_left_alone(reviewer: User, tmp_path: Path) -> None:
    stream = make_stream(tmp_path / "stream")

    with pytest.raises(CommandError, match="left alone"):
        call_command("play_stream", stream=stream, out=tmp_path / "out")

    assert list(User.objects.all()) == [reviewer]
    assert not Image.objects.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_command_plays_on_a_site_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    stream, out = make_stream(tmp_path / "stream"), tmp_path / "out"
    bundle = small_bundle(tmp_path / "small-1").path
    options = [f"--stream={stream}", f"--out={out}", f"--bundle={bundle}"]
    options += ["--seeds=1", "--labels=0,12,all"]

    done = subprocess.run(
        [sys.executable, "manage.py", "simulate_loop", *options],
        cwd=ROOT,
        env=os.environ | {"AIVH_DATA_DIR": str(own)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert [path.name for path in own.iterdir()] == ["secret_key"]  # what any command makes
    points = [json.loads(line) for line in (out / "points.jsonl").read_text().splitlines()]
    assert [(point["order"], point["seed"], point["labels"]) for point in points] == [
        (order, 0, labels) for order in ("ours", "random") for labels in (0, 12, 40)
    ]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["start"] == {NEW: 1.0, OLD: 1.0}
    assert [stop["labels"] for stop in summary["curves"]["ours"]] == [0, 12, 40]
    assert "| our queue | 12 | 100.0% |" in (out / "report.md").read_text()
    assert (out / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (out / "curve.svg").read_text()
