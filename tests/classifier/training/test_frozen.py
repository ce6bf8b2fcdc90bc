import numpy as np
import pytest

from classifier.detector.polarity import labels_of
from classifier.detector.replay import Replay
from classifier.training.frozen import learn_wide, left_out_table, projection_for
from classifier.vocabulary import Label

WIDTH, EACH = 24, 60
ORIGINS, GENERATORS = ("film", "paint"), ("one", "two")


def replay(*, stranger: float = 0.0) -> Replay:
    """AI and human differ in one number; generator ``two`` by ``stranger`` less than the other."""
    rng = np.random.default_rng(1)
    rows, is_ai, splits, names, tiers = [], [], [], [], []
    for name in (*ORIGINS, *GENERATORS):
        for split, count in (("train", EACH), ("val", EACH // 2), ("test", EACH // 2)):
            for tier in ("clean", "hard"):
                part = rng.normal(size=(count, WIDTH))
                part[:, 3] += 3.0 * (name in GENERATORS) - stranger * (name == "two")
                rows.append(part)
                is_ai += [name in GENERATORS] * count
                splits += [split] * count
                names += [name] * count
                tiers += [tier] * count
    embeddings = np.concatenate(rows).astype(np.float16)
    return Replay(embeddings, labels_of(np.array(is_ai)), splits, names, tiers)


def test_strangers_score_lower_than_what_was_learned_from() -> None:
    known = replay(stranger=2.5)
    wide = learn_wide(known)
    rows = np.array(known.generators) == "two"
    whole = known.embeddings[rows] @ wide.head().weight + wide.head().bias
    assert wide.left_out[rows].mean() < whole.mean() - 0.1


def test_test_rows_judge_nothing() -> None:
    known = replay()
    scores = learn_wide(known).held_out_scores(known)
    test = np.array(known.splits) == "test"
    assert np.isnan(scores[test]).all()
    assert np.isfinite(scores[~test]).all()


def test_few_numbers_say_what_all_said() -> None:
    known = replay()
    wide = learn_wide(known)
    projection, head = projection_for(wide, known.part("train"), 5)
    few = projection(known.embeddings)
    assert few.shape == (len(known), 5)
    assert few[:, 0].std() == pytest.approx(1.0, abs=0.1)
    assert head.logits(few) == pytest.approx(wide.head().logits(known.embeddings), abs=1e-3)


def test_the_table_has_a_row_for_each_group_in_each_tier() -> None:
    table = left_out_table(learn_wide(replay()), replay(), ("clean", "hard"))
    for tier in ("clean", "hard"):
        rows = {(row["group"], row["label"]): row for row in table["tiers"][tier]["groups"]}
        assert set(rows) == {(name, Label.HUMAN) for name in ORIGINS} | {
            (name, Label.AI) for name in GENERATORS
        }
        assert {row["n"] for row in rows.values()} == {2 * EACH}
        assert table["tiers"][tier]["macro_balanced_accuracy"]["value"] > 0.9


def test_a_generator_that_looks_human_is_missed_only_when_it_is_left_out() -> None:
    known = replay(stranger=2.5)
    table = left_out_table(learn_wide(known), known, ("clean",))
    found = {row["group"]: row["right_at_half"] for row in table["tiers"]["clean"]["groups"]}
    assert found["one"] > 0.9
    assert found["two"] < 0.5
