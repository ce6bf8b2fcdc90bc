from dataclasses import replace

import numpy as np
import pytest

from classifier.detector.decision import Head
from classifier.detector.polarity import ai_targets
from classifier.detector.replay import Replay
from classifier.training.judging import disagreements, fit_head, learn_judge
from classifier.training.out_of_fold import calibration_rows, family_names, folds
from classifier.vocabulary import Label
from tests.classifier.synthetic import WIDTH, cloud, replay

GROUPS = 4


def several_groups(*, common: float = 3.0) -> Replay:
    """Four groups of each class; each has an axis of its own that tells nothing of another.

    What they have in ``common`` is how far both classes lie apart along the first axis.
    """
    of_each = 120
    rows, known, names = [], [], []
    for number in range(GROUPS):
        for label in Label:
            points = cloud([label] * of_each, seed=10 * number + (label is Label.AI), gap=common)
            points[:, 1 + number + GROUPS * (label is Label.AI)] += 4.0
            rows.append(points)
            known += [label] * of_each
            names += [f"{label}-{number}"] * of_each
    splits = ["train", "val"] * (len(known) // 2)
    return Replay(np.concatenate(rows).astype(np.float16), known, splits, names, ["clean"] * 960)


def confidence(logits: np.ndarray, labels: list[Label]) -> float:
    sign = np.array([1.0 if label is Label.AI else -1.0 for label in labels])
    return float(np.mean(sign * logits))


def test_left_out_logits_are_those_of_heads_that_know_nothing_of_the_group() -> None:
    known = several_groups()
    head = fit_head(known.part("train"))
    _, measured = learn_judge(head, known)
    val = measured.part("val")
    familiar = confidence(head.logits(val.embeddings), list(val.labels))
    strange = confidence(val.left_out, list(val.labels))
    assert 0 < strange < 0.6 * familiar
    assert np.isnan(measured.part("train").left_out).all()


def test_thresholds_for_strangers_are_stricter() -> None:
    """Calibrated on what the head knows, it would speak sooner than it may of a new origin."""
    known = several_groups()
    head = fit_head(known.part("train"))
    in_sample = head.logits(known.embeddings).astype(np.float32)
    in_sample[np.array(known.splits) != "val"] = np.nan
    careless, _ = learn_judge(head, replace(known, left_out=in_sample))
    careful, _ = learn_judge(head, known)
    assert careful.calibration.slope < 0.8 * careless.calibration.slope
    assert careful.thresholds.ai > careless.thresholds.ai


def test_what_whole_networks_said_of_left_out_groups_is_preferred() -> None:
    known = several_groups()
    head = fit_head(known.part("train"))
    logits = np.where([label is Label.AI for label in known.labels], 2.0, -2.0)
    logits = logits + np.random.default_rng(0).normal(0, 1, len(known))
    judge, measured = learn_judge(head, replace(known, left_out=logits.astype(np.float32)))
    shift = judge.head.bias - head.bias
    assert measured.left_out == pytest.approx(logits + shift, abs=1e-4)
    assert len(calibration_rows(measured)) == len(known)


def test_a_head_that_tells_nothing_of_strangers_answers_hardly_anything() -> None:
    known = several_groups(common=0.0)
    judge, _ = learn_judge(fit_head(known.part("train")), known)
    said = judge.judge(known.part("val").embeddings)
    right = (said.probabilities > 0.5) == ai_targets(known.part("val").labels)
    assert right.mean() > 0.9, "it knows well what it has learned"
    assert (judge.thresholds.ai, judge.thresholds.human) == pytest.approx((1.0, 0.0), abs=0.1)


def test_each_group_is_left_out_once_and_whole() -> None:
    known = several_groups()
    held = np.zeros(len(known.part("val")), int)
    for fold in folds(known.part("train"), known.part("val")):
        names = set(known.part("val").rows(np.flatnonzero(fold.held).tolist()).generators)
        assert len(names) == 1
        assert not names & set(fold.learning.generators)
        held += fold.held
    assert (held == 1).all()


def test_small_groups_are_left_out_together() -> None:
    known = several_groups().part("train")
    small = [*known.generators[:-10], *["tiny-1"] * 5, *["tiny-2"] * 5]
    names = family_names(replace(known, generators=small), replace(known, generators=small))
    assert set(names[-10:]) == {"ai the few"}
    assert "human human-0" in set(names)


def test_a_class_that_is_a_single_group_is_learned_from_all_the_same() -> None:
    known = replay(of_each_split=200)
    for fold in folds(known.part("train"), known.part("val")):
        assert set(fold.learning.labels) == set(Label)


def test_crops_are_compared_where_there_are_several() -> None:
    head = Head(np.eye(WIDTH, dtype=np.float32)[0], 0.0)
    two = np.zeros((2, WIDTH), np.float32)
    two[:, 0] = -1.0, 3.0
    found = disagreements(head, [two, two[:1], None])
    assert found[0] == 2.0
    assert np.isnan(found[1:]).all()


def test_the_bound_on_disagreement_leaves_one_in_twenty_out() -> None:
    known = several_groups()
    spread = np.random.default_rng(0).gamma(2.0, 1.0, len(known)).astype(np.float32)
    judge, _ = learn_judge(fit_head(known.part("train")), replace(known, disagreements=spread))
    held_out = spread[np.array(known.splits) == "val"]
    assert judge.doubt.disagreement is not None
    assert np.mean(held_out > judge.doubt.disagreement) == pytest.approx(0.05, abs=0.003)
