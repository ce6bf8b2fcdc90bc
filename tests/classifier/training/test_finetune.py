"""A tiny network learns on from settled pictures: what comes of it, and what is refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.detector import Detector
from classifier.training.anchored import Anchored
from classifier.training.clip import ClipBackbone
from classifier.training.finetune import Ancestors, FineTuningRefused, finetune, learn_on
from classifier.training.fit import CHECKPOINT
from classifier.training.progress import Progress, silent
from classifier.training.read_back import backbone_of, config_of
from classifier.training.recipe import Recipe
from classifier.training.refit import RefitResult
from classifier.training.relearn import Examples
from classifier.training.seen_anew import Settled
from classifier.vocabulary import Label, Verdict
from tests.classifier.toy import toy_bytes
from tests.classifier.training import tiny

RECIPE = Recipe(epochs=2, batch=8, learning_rate=1e-3, pull=0.5, threads=1)


class Interrupted(Exception):
    """Somebody cancelled, or the machine went away."""


@pytest.fixture(scope="module")
def trunk(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of the tiny network, trained on toy pictures."""
    return tiny.train_tiny_bundle(tmp_path_factory.mktemp("trunk"))


@pytest.fixture
def settled(tmp_path: Path, trunk: Bundle) -> Callable[[range], Settled]:
    """``settled(range(30))``: toy pictures of both classes, as the trunk sees them."""
    detector = Detector.load(trunk.path)

    def make(seeds: range) -> Settled:
        files, labels, rows = [], [], []
        for seed in seeds:
            for label in Label:
                data = toy_bytes(label, 5000 + seed)
                path = tmp_path / f"{label}-{seed}.png"
                path.write_bytes(data)
                files.append(path)
                labels.append(label)
                rows.append(detector.examine(data).embedding)
        ids = [path.name for path in files]
        return Settled(Examples(np.array(rows, np.float32), labels, ids), files)

    return make


Tune = Callable[..., RefitResult]


@pytest.fixture
def tune(tmp_path: Path, trunk: Bundle, settled: Callable[[range], Settled]) -> Tune:
    """``tune("name")`` learns from 30 of each class and measures with 20 of each."""

    def run(
        name: str,
        *,
        champion: Bundle = trunk,
        recipe: Recipe = RECIPE,
        progress: Progress = silent,
    ) -> RefitResult:
        return finetune(
            ancestors=Ancestors(champion, trunk),
            train=settled(range(30)),
            held_out={"gold": settled(range(30, 50))},
            out=tmp_path / name,
            work=tmp_path / f"work-{name}",
            lineage={"run": 7},
            recipe=recipe,
            progress=progress,
        )

    return run


def test_a_bundle_comes_of_it_that_judges_new_pictures(tune: Tune, trunk: Bundle) -> None:
    result = tune("child")

    bundle = read_bundle(result.bundle.path, verify=True)
    assert bundle.backbone_digest != trunk.backbone_digest
    assert bundle.preprocessing == trunk.preprocessing
    assert bundle.lineage["kind"] == "fine-tune"
    assert bundle.lineage["trunk"] == bundle.lineage["parent"] == trunk.digest
    assert bundle.lineage["run"] == 7
    assert 0 < bundle.lineage["made"]["drift"]["unexplained"] < 0.5
    assert config_of(bundle) == config_of(trunk)
    assert len(bundle.replay()) == len(trunk.replay())
    assert not np.array_equal(bundle.replay().embeddings, trunk.replay().embeddings)
    detector = Detector.load(bundle.path)
    said = [detector.examine(toy_bytes(label, 9000)).verdict for label in Label]
    wrong = {Label.AI: Verdict.HUMAN, Label.HUMAN: Verdict.AI}
    assert all(verdict != wrong[label] for verdict, label in zip(said, Label, strict=True))
    chances = [detector.examine(toy_bytes(label, 9000)).probability_ai for label in Label]
    assert dict(zip(Label, chances, strict=True))[Label.AI] > 0.5


def test_the_gate_sees_both_networks_side_by_side(tune: Tune) -> None:
    rows = {(row.name, row.set) for row in tune("child").decision.rows}
    assert {("AUROC", "gold"), ("size", "bundles"), ("time for a look", "bundles")} <= rows


def test_it_depends_on_the_labels_and_not_on_what_was_tuned_before(tune: Tune) -> None:
    first = tune("first").bundle
    second = tune("second", champion=first).bundle
    assert second.backbone_digest == first.backbone_digest
    assert second.lineage["parent"] == first.digest
    assert second.lineage["trunk"] == first.lineage["trunk"]


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(tune: Tune, tmp_path: Path) -> None:
    whole = tune("whole").bundle

    def stop(share: float, words: str) -> None:
        if "epoch 2 of 2" in words:
            raise Interrupted

    with pytest.raises(Interrupted):
        tune("cut", progress=stop)
    assert (tmp_path / "work-cut" / CHECKPOINT).is_file()
    assert not (tmp_path / "cut").exists()
    told: list[str] = []
    again = tune("cut", progress=lambda share, words: told.append(words))

    assert again.bundle.backbone_digest == whole.backbone_digest
    learned = [words for words in told if words.startswith("the network learns")]
    assert learned
    assert all("epoch 2 of 2" in words for words in learned)
    assert any(words.endswith("min left") for words in learned)


def test_the_pull_holds_embeddings_where_they_were(tune: Tune) -> None:
    drifts = [
        tune(f"pull-{pull}", recipe=replace(RECIPE, pull=pull)).bundle.lineage["made"]["drift"]
        for pull in (0.0, 50.0)
    ]
    assert drifts[1]["moved"] < 0.5 * drifts[0]["moved"]


@pytest.mark.parametrize(
    ("learn", "measure", "said"),
    [
        (29, 20, "needs 30 settled pictures of each class to learn from; there are 29 AI and 29"),
        (30, 19, "needs 20 settled pictures of each class held out to measure with; there are 19"),
    ],
)
def test_too_few_pictures_are_refused_in_words(
    tmp_path: Path,
    trunk: Bundle,
    settled: Callable[[range], Settled],
    learn: int,
    measure: int,
    said: str,
) -> None:
    with pytest.raises(FineTuningRefused, match=said):
        finetune(
            ancestors=Ancestors(trunk, trunk),
            train=settled(range(learn)),
            held_out={"gold": settled(range(100, 100 + measure))},
            out=tmp_path / "child",
            work=tmp_path / "work",
            lineage={},
        )
    assert not (tmp_path / "child").exists()
    assert not (tmp_path / "work").exists()


def test_a_network_that_leaves_its_replay_set_behind_is_refused(
    tune: Tune, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.training.finetune.MOST_UNEXPLAINED", 0.001)
    with pytest.raises(FineTuningRefused, match="so it would have forgotten what it knew"):
        tune("lost")
    assert not (tmp_path / "lost").exists()


def test_the_network_of_a_bundle_comes_back_as_it_was(trunk: Bundle) -> None:
    backbone = backbone_of(trunk)
    crops = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    with torch.no_grad():
        ours, _ = backbone(torch.from_numpy(crops))
    detector = Detector.load(trunk.path)
    theirs = detector.embedder.embed_crops(crops)
    assert np.abs(ours.numpy() - theirs).max() < 1e-4


def learning(names: Sequence[tuple[str, torch.nn.Parameter]]) -> set[str]:
    return {name for name, parameter in names if parameter.requires_grad}


def test_only_the_last_blocks_of_clip_learn(trunk: Bundle) -> None:
    own, parent = (ClipBackbone(depth=3, read=2, dim=24, heads=2, neurons=32) for _ in range(2))
    head = replace(trunk.head(), weight=np.zeros(48, np.float32))
    network = Anchored(own, parent, head, spread=torch.ones(48), pull=1.0).train()
    found = learning(list(network.named_parameters()))
    assert {name.split(".")[2] for name in found if name.startswith("backbone")} == {"1", "2"}
    assert {"head.weight", "head.bias"} <= found
    assert not any("parent" in name for name in network.state_dict())


def test_what_is_still_stays_as_it_was(
    trunk: Bundle, settled: Callable[[range], Settled], tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    network = learn_on(
        trunk, settled(range(30)), replace(RECIPE, learning_rate=0.0), tmp_path / "work",
        lambda share, words: None,
    )  # fmt: skip
    before = backbone_of(trunk).state_dict()
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, before[name]), name
