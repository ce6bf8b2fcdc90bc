"""Which pictures two versions are compared on, and what is known of them."""

from dataclasses import replace

import numpy as np

from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.training.facts import Facts
from classifier.training.held_out import gather
from tests.classifier.synthetic import examples, judge, replay

CROPS = Preprocessing(least_side=96)
LARGE, SMALL = Facts(640, 480, 90_000, "image/jpeg"), Facts(640, 90, 9_000, "image/png")


def in_tiers(*splits: str) -> Replay:
    """100 rows of each named split in each tier, beside 300 clean ones of every split."""
    clean = replay(300)
    rows = [row for row in range(900) if row % 300 < 100 and clean.splits[row] in splits]
    degraded = [replace(clean.rows(rows), tiers=[tier] * len(rows)) for tier in ("web", "hard")]
    parts = [clean, *degraded]
    return Replay(
        np.concatenate([part.embeddings for part in parts]),
        [label for part in parts for label in part.labels],
        [split for part in parts for split in part.splits],
        [name for part in parts for name in part.generators],
        [tier for part in parts for tier in part.tiers],
    )


def named(known: Replay, **settled: object) -> list[tuple[str, str, int]]:
    return [(one.name, one.tier, len(one)) for one in gather(known, settled)]  # type: ignore[arg-type]


def test_gold_is_the_held_out_part_and_what_people_settled() -> None:
    gold, *_ = gather(replay(300), {"gold": examples(40, seed=5)})
    assert (gold.name, gold.tier, len(gold)) == ("gold", "clean", 340)
    assert gold.groups[299:301] == ["ai-origin", "settled here"]
    assert list(gold.labels[300:]) == examples(40, seed=5).labels


def test_val_stands_in_for_tiers_that_the_test_lacks() -> None:
    assert named(in_tiers("val"), gold=examples(2, seed=5)) == [
        ("gold", "clean", 302),
        ("calibration", "clean", 300),
        ("calibration", "web", 100),
        ("calibration", "hard", 100),
    ]


def test_a_test_in_all_tiers_needs_no_stand_in() -> None:
    assert named(in_tiers("val", "test")) == [
        ("gold", "clean", 300),
        ("gold", "web", 100),
        ("gold", "hard", 100),
    ]


def test_other_sets_keep_their_names_and_empty_ones_are_left_out() -> None:
    sets = named(replay(300), audit=examples(7, seed=5), regression=examples(0, seed=6))
    assert sets[-1] == ("audit", "clean", 7)
    assert "regression" not in {name for name, _, _ in sets}


def test_what_is_known_of_files_comes_along_and_twins_are_one() -> None:
    twins = [replace(LARGE, group="a"), replace(LARGE, group="a"), None, LARGE]
    some = replace(examples(4, seed=5), facts=twins)
    gold, *_ = gather(replay(300), {"gold": some})
    compared = gold.compared(judge(), judge(), CROPS)
    assert np.isnan(compared.facts["pixels"][:300]).all()
    assert compared.facts["pixels"][300:302].tolist() == [307_200, 307_200]
    assert compared.units is not None
    assert compared.units[300] == compared.units[301] == "a"
    assert len(set(compared.units)) == 303


def test_without_facts_each_picture_is_drawn_for_itself() -> None:
    gold, *_ = gather(replay(300), {})
    compared = gold.compared(judge(), judge(), CROPS)
    assert (compared.units, dict(compared.facts)) == (None, {})


def test_a_picture_that_is_too_small_gets_no_answer_here_either() -> None:
    sure = examples(40, seed=5, gap=20.0)
    known = replace(sure, facts=[SMALL] * 10 + [LARGE] * 30)
    (audit,) = [one for one in gather(replay(300), {"audit": known}) if one.name == "audit"]
    answered = audit.compared(judge(), judge(), CROPS).champion.answered
    assert answered.tolist() == [False] * 10 + [True] * 30
