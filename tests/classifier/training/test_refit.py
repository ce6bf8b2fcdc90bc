from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import BACKBONE, read_bundle, write_bundle
from classifier.detector.decision import Judge
from classifier.detector.doubt import Doubt
from classifier.detector.polarity import ai_targets
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.errors import BundleCorrupt, RefitFailed
from classifier.training.card import model_card
from classifier.training.doubting import learn_familiarity
from classifier.training.refit import refit
from classifier.training.relearn import Examples
from classifier.vocabulary import Label, Verdict
from tests.classifier.synthetic import examples, judge, make_bundle, replay

NOTHING = Examples(np.empty((0, 16), np.float32), [], [])


def right(judge: Judge, known: Examples) -> float:
    """The share that is right when the probability is read at one half."""
    said = judge.judge(known.embeddings).probabilities >= 0.5
    return float((said == ai_targets(known.labels)).mean())


def parent(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "parent").path


def test_new_labels_teach_what_the_parent_did_not_know(tmp_path: Path) -> None:
    """On the new pictures the classes differ along an axis that the parent never looked at."""
    gold = examples(200, seed=12, axis=5, gap=4.0)
    result = refit(
        parent=parent(tmp_path),
        train=examples(800, seed=11, axis=5, gap=4.0),
        held_out={"gold": gold},
        out=tmp_path / "child",
        lineage={},
    )
    assert right(judge(), gold) < 0.6
    assert right(result.bundle.judge(), gold) > 0.85
    assert right(result.bundle.judge(), examples(400, seed=13)) > 0.7, "the old is not forgotten"


def test_the_gain_is_measured_on_labels_that_neither_version_had_seen(tmp_path: Path) -> None:
    """The parent guesses along the new axis; heads that had not seen a picture mostly do not."""
    train = examples(800, seed=11, axis=5, gap=4.0)
    result = refit(
        parent=parent(tmp_path),
        train=train,
        held_out={},
        out=tmp_path / "child",
        lineage={},
        learned=train.ids[:200],
    )
    assert result.gain is not None
    assert result.gain.n == 600
    assert 0.4 < result.gain.champion < 0.6
    assert 0.8 < result.gain.challenger < 0.9
    assert result.bundle.metrics["new_labels"] == {
        "n": 600,
        "champion": result.gain.champion,
        "challenger": result.gain.challenger,
    }
    card = (result.bundle.path / "MODEL_CARD.md").read_text()
    assert "600 labels that were new to both" in card


@pytest.mark.parametrize("count", [5, 40])
def test_without_new_labels_enough_there_is_no_gain_to_tell(tmp_path: Path, count: int) -> None:
    """Five are too few to hold some back; the forty were all known to the parent."""
    train = examples(count, seed=11)
    result = refit(
        parent=parent(tmp_path),
        train=train,
        held_out={},
        out=tmp_path / "child",
        lineage={},
        learned=train.ids if count == 40 else (),
    )
    assert result.gain is None
    assert "new_labels" not in result.bundle.metrics


def test_lies_bring_no_gain(tmp_path: Path) -> None:
    """Labels without any rule cannot be learned, so what is told of them is a coin's toss."""
    train = examples(300, seed=11, axis=3, gap=0.0)
    result = refit(
        parent=parent(tmp_path), train=train, held_out={}, out=tmp_path / "child", lineage={}
    )
    assert result.gain is not None
    assert abs(result.gain.challenger - 0.5) < 0.1


def test_the_same_world_changes_little(tmp_path: Path) -> None:
    """The first refit sets honest thresholds, which the synthetic parent lacks."""
    first = parent(tmp_path)
    honest = refit(
        parent=first, train=examples(200, seed=10), held_out={}, out=tmp_path / "honest", lineage={}
    ).bundle.path
    result = refit(
        parent=honest,
        origin=first,
        train=examples(200, seed=11),
        held_out={"gold": examples(60, seed=12)},
        out=tmp_path / "child",
        lineage={},
    )
    assert result.decision.passed
    assert abs(result.challenger.auroc.value - result.champion.auroc.value) < 0.01  # type: ignore[union-attr]


def turned_around(count: int) -> Examples:
    honest = examples(count, seed=11)
    lied = [Label.HUMAN if label is Label.AI else Label.AI for label in honest.labels]
    return replace(honest, labels=lied)


@pytest.mark.parametrize("count", [600, 4000])
def test_labels_turned_around_make_no_bundle(tmp_path: Path, count: int) -> None:
    """Few of them contradict the replay set, many outvote it: polarity holds in both cases."""
    with pytest.raises(RefitFailed, match="contradict"):
        refit(
            parent=parent(tmp_path),
            train=turned_around(count),
            held_out={},
            out=tmp_path / "child",
            lineage={},
        )
    assert not (tmp_path / "child").exists()


def test_the_child_keeps_backbone_and_replay_and_names_its_parent(tmp_path: Path) -> None:
    old = read_bundle(parent(tmp_path))
    new = refit(
        parent=old.path,
        train=examples(40, seed=11),
        held_out={},
        out=tmp_path / "child",
        lineage={"snapshot": "abc"},
    ).bundle
    assert (new.path / BACKBONE).read_bytes() == old.backbone.read_bytes()
    assert new.backbone_digest == old.backbone_digest
    assert len(new.replay()) == len(old.replay())
    assert new.lineage["parent"] == old.digest
    assert new.lineage["snapshot"] == "abc"
    assert new.lineage["new_labels"] == 40
    assert new.digest != old.digest
    assert read_bundle(old.path) == old
    assert "# child" in (new.path / "MODEL_CARD.md").read_text()


def test_both_versions_are_measured_on_gold_and_the_held_out_replay(tmp_path: Path) -> None:
    result = refit(
        parent=parent(tmp_path),
        train=examples(40, seed=11),
        held_out={"gold": examples(30, seed=12)},
        out=tmp_path / "child",
        lineage={},
    )
    assert result.champion.n == result.challenger.n == 500 + 30
    assert {row.group for row in result.challenger.groups} == {
        "ai-origin",
        "human-origin",
        "settled here",
    }


@pytest.mark.parametrize("label", list(Label))
def test_new_labels_of_one_class_are_enough(tmp_path: Path, label: Label) -> None:
    some = examples(40, seed=11)
    chosen = [index for index, known in enumerate(some.labels) if known is label]
    train = Examples(
        some.embeddings[chosen], [label] * len(chosen), [some.ids[index] for index in chosen]
    )
    result = refit(
        parent=parent(tmp_path), train=train, held_out={}, out=tmp_path / "child", lineage={}
    )
    assert right(result.bundle.judge(), examples(400, seed=13)) > 0.8


def test_a_refit_of_a_refit_still_knows_its_network(tmp_path: Path) -> None:
    path = parent(tmp_path)
    for name in ("child", "grandchild"):
        path = refit(
            parent=path,
            train=examples(40, seed=11),
            held_out={},
            out=tmp_path / name,
            lineage={},
        ).bundle.path
    lineage = read_bundle(path).lineage
    assert lineage["parent"] == read_bundle(tmp_path / "child").digest
    assert lineage["network_lineage"] == {"kind": "test"}


def test_refits_in_a_row_end_where_one_with_all_the_labels_does(tmp_path: Path) -> None:
    """Otherwise each would move a little further away, and the small losses would add up."""
    origin, everything = parent(tmp_path), examples(400, seed=11, axis=5)
    some = Examples(everything.embeddings[:200], everything.labels[:200], everything.ids[:200])

    def learn(name: str, *, from_: Path, train: Examples) -> Judge:
        out = tmp_path / name
        return refit(
            parent=from_, origin=origin, train=train, held_out={}, out=out, lineage={}
        ).bundle.judge()

    at_once = learn("at-once", from_=origin, train=everything)
    half = learn("half", from_=origin, train=some)
    in_a_row = learn("in-a-row", from_=tmp_path / "half", train=everything)

    assert not np.array_equal(half.head.weight, at_once.head.weight)
    np.testing.assert_array_equal(in_a_row.head.weight, at_once.head.weight)
    assert in_a_row.thresholds == at_once.thresholds


def test_an_origin_with_another_backbone_is_refused(tmp_path: Path) -> None:
    other = make_bundle(tmp_path / "other" / "bundle", content=b"another network").path
    with pytest.raises(ValueError, match="same backbone"):
        refit(
            parent=parent(tmp_path),
            origin=other,
            train=examples(40, seed=11),
            held_out={},
            out=tmp_path / "child",
            lineage={},
        )
    assert not (tmp_path / "child").exists()


def test_progress_rises_to_one(tmp_path: Path) -> None:
    said: list[float] = []
    refit(
        parent=parent(tmp_path),
        train=examples(40, seed=11),
        held_out={},
        out=tmp_path / "child",
        lineage={},
        progress=lambda share, words: said.append(share),
    )
    assert said == sorted(said)
    assert said[-1] == 1.0


@pytest.mark.parametrize(
    ("train", "gold", "words"),
    [
        (examples(40, seed=11), examples(40, seed=11), "40 pictures are both"),
        (Examples(np.ones((1, 3), np.float32), [Label.AI], ["a"]), NOTHING, "16 numbers each"),
        (
            Examples(np.full((1, 16), np.nan, np.float32), [Label.AI], ["a"]),
            NOTHING,
            "not finite",
        ),
    ],
)
def test_examples_that_cannot_be_used_leave_no_bundle(
    tmp_path: Path, train: Examples, gold: Examples, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        refit(
            parent=parent(tmp_path),
            train=train,
            held_out={"gold": gold},
            out=tmp_path / "child",
            lineage={},
        )
    assert not (tmp_path / "child").exists()


def test_a_spoilt_parent_is_refused(tmp_path: Path) -> None:
    path = parent(tmp_path)
    (path / "replay.safetensors").write_bytes(b"no")
    with pytest.raises(BundleCorrupt):
        refit(parent=path, train=examples(40, seed=11), held_out={}, out=tmp_path / "c", lineage={})


def test_examples_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Examples(np.ones((2, 16), np.float32), [Label.AI], ["a"])


DOUBTING = Doubt(
    disagreement=1.5,
    distance=0.5,
    familiarity=learn_familiarity(examples(1000, seed=3, gap=6.0).embeddings),
)


def doubting_parent(tmp_path: Path, known: Replay | None = None) -> Path:
    source = make_bundle(tmp_path / "source", with_replay=known)
    return write_bundle(
        tmp_path / "doubting",
        backbone=source.backbone,
        judge=replace(judge(), doubt=DOUBTING),
        preprocessing=Preprocessing(ranking="texture", max_crops=3),
        replay=source.replay(),
        metrics={},
        lineage={},
        card=model_card,
    ).path


def test_a_refit_keeps_the_bounds_and_the_choice_of_crops(tmp_path: Path) -> None:
    result = refit(
        parent=doubting_parent(tmp_path),
        train=examples(40, seed=11),
        held_out={},
        out=tmp_path / "child",
        lineage={},
    )
    doubt = result.bundle.judge().doubt
    assert (doubt.disagreement, doubt.distance) == (1.5, 0.5)
    assert result.bundle.preprocessing == Preprocessing(ranking="texture", max_crops=3)


def test_what_people_settled_is_no_longer_unfamiliar(tmp_path: Path) -> None:
    """New pictures lie where nothing was learned from; after the refit their like is known."""
    old = doubting_parent(tmp_path)
    new, next_ones = examples(120, seed=11), examples(120, seed=12)
    for some in (new, next_ones):
        some.embeddings[:, 9] += 9.0
    before = read_bundle(old).judge()
    after = refit(
        parent=old, train=new, held_out={}, out=tmp_path / "child", lineage={}
    ).bundle.judge()
    assert before.doubt.is_unfamiliar(next_ones.embeddings).mean() > 0.3
    assert after.doubt.is_unfamiliar(next_ones.embeddings).mean() < 0.05


def test_strangers_go_on_to_set_the_thresholds(tmp_path: Path) -> None:
    """What heads said of left-out groups holds back the refit's thresholds as it did before."""
    known = replay(of_each_split=500)
    sure = judge().head.logits(known.embeddings)
    unsure = (sure + np.random.default_rng(0).normal(0, 4, 1500)).astype(np.float32)
    unsure[np.array(known.splits) != "val"] = np.nan

    def thresholds(name: str, left_out: np.ndarray) -> Judge:
        parent = make_bundle(tmp_path / name / "p", with_replay=replace(known, left_out=left_out))
        out = tmp_path / name / "child"
        train = examples(40, seed=11)
        return refit(
            parent=parent.path, train=train, held_out={}, out=out, lineage={}
        ).bundle.judge()

    unmeasured = np.full(len(known), np.nan, np.float32)
    careless, careful = thresholds("careless", unmeasured), thresholds("careful", unsure)
    np.testing.assert_array_equal(careful.head.weight, careless.head.weight)
    assert careful.calibration.slope < careless.calibration.slope
    said = careful.judge(known.embeddings), careless.judge(known.embeddings)
    answered = [sum(verdict is not Verdict.UNCERTAIN for verdict in one.verdicts) for one in said]
    assert answered[0] < answered[1]


def test_crops_that_disagree_count_when_two_versions_are_compared(tmp_path: Path) -> None:
    plain = examples(40, seed=12)
    torn = replace(plain, disagreements=np.where(np.arange(40) < 10, 9.0, 0.0))
    old = doubting_parent(tmp_path)

    def coverage(gold: Examples, name: str) -> float:
        result = refit(
            parent=old,
            train=examples(40, seed=11),
            held_out={"gold": gold},
            out=tmp_path / name,
            lineage={},
        )
        assert result.challenger.coverage is not None
        return result.challenger.coverage.value

    assert coverage(torn, "torn") < coverage(plain, "plain")
