"""What the gate refuses, check by check, and what it lets pass."""

import json
from dataclasses import replace

import numpy as np
import pytest

from classifier.training.gate import Compared, decide
from classifier.training.gate.files import size_row
from classifier.training.metrics import Judged
from tests.classifier.training.gate.judged import (
    AI,
    HUMAN,
    UNSURE_HUMAN,
    failed,
    gold,
    judged,
    perfect,
    row,
    with_errors,
)

ON_GOLD = [
    "AUROC",
    "balanced accuracy",
    "log loss",
    "false accusations",
    "AI called human",
    "AI found",
    "answered rightly",
    "answered at all",
]


def noisy(seed: int, *, noise: float = 0.15, count: int = 200) -> Judged:
    rng = np.random.default_rng(seed)
    return judged(
        np.clip(0.1 + noise * rng.normal(size=count), 0, 1).tolist(),
        np.clip(0.9 + noise * rng.normal(size=count), 0, 1).tolist(),
    )


def test_a_version_passes_beside_itself() -> None:
    same = noisy(0)
    decision = decide([gold(same, same), Compared("audit", same, same)])
    assert decision.passed
    assert [one.name for one in decision.rows if one.set == "gold"] == ON_GOLD
    assert all(
        one.worse_by == 0 and one.ok for one in decision.rows if one.name != "answered at all"
    )
    assert decision.reasons == tuple(one.words for one in decision.rows)


def test_the_same_sets_give_the_same_table() -> None:
    first, second = (decide([gold(noisy(0), noisy(1))]) for _ in range(2))
    assert first == second


def test_a_better_one_passes_and_the_old_one_would_not() -> None:
    better, worse = noisy(0, noise=0.1), noisy(0, noise=0.5)
    assert decide([gold(worse, better)]).passed
    decision = decide([gold(better, worse)])
    assert not decision.passed
    assert {"AUROC", "balanced accuracy", "false accusations"} <= set(failed(decision))


@pytest.mark.parametrize(
    ("challenger", "names"),
    [
        (with_errors(accused=3), []),
        (with_errors(accused=5), ["false accusations"]),
        (with_errors(missed=4), []),
        (with_errors(missed=11), ["AI called human"]),
        (with_errors(unsure=8), []),
        (with_errors(unsure=45), ["AI found", "answered rightly"]),
    ],
)
def test_each_error_has_its_own_check(challenger: Judged, names: list[str]) -> None:
    """Beside a perfect champion, on 200 human and 200 AI pictures."""
    quality = {"AUROC", "balanced accuracy", "log loss"}
    decision = decide([gold(perfect(), challenger)])
    assert [name for name in failed(decision) if name not in quality] == names


def test_one_that_answers_hardly_anything_is_refused_however_right_it_is() -> None:
    """All its probabilities are on the right side, so no other check sees anything."""
    silent = judged([0.21] * 190 + [HUMAN] * 10, [0.79] * 190 + [AI] * 10)
    careful = judged([0.15] * 200, [0.85] * 200)
    decision = decide([gold(careful, silent)])
    assert {"AI found", "answered rightly", "answered at all"} == set(failed(decision)) - {
        "log loss"
    }
    assert row(decision, "answered at all").words == (
        "answered at all (gold): 5.0%, and at least 40.0% are asked for; that is too few for a "
        "detector."
    )


def test_answers_may_not_shrink_away_in_small_steps() -> None:
    """Four points fewer would pass, were it not that they lead below 40 %."""
    champion, challenger = with_errors(unsure=118), with_errors(unsure=126)
    assert failed(decide([gold(champion, challenger)])) == ["answered at all"]
    assert row(decide([gold(champion, challenger)]), "answered rightly").worse_by == pytest.approx(
        0.04
    )
    assert decide([gold(challenger, challenger)]).passed, "but what answers now may stay"


def test_doubtful_probabilities_are_refused_though_every_verdict_stays() -> None:
    sure, unsure = judged([0.02] * 200, [0.98] * 200), judged([0.18] * 200, [0.82] * 200)
    decision = decide([gold(sure, unsure)])
    assert failed(decision) == ["log loss"]
    assert row(decision, "log loss").worse_by == pytest.approx(0.1782, abs=1e-4)


def test_whoever_was_all_but_certain_may_become_sure_by_nine_tenths() -> None:
    certain, sure = judged([0.01] * 200, [0.99] * 200), judged([0.09] * 200, [0.91] * 200)
    decision = decide([gold(certain, sure)])
    assert decision.passed
    compared = row(decision, "log loss")
    assert (compared.before, compared.now) == (0.0101, 0.0943)
    assert compared.threshold == pytest.approx(0.10 - 0.0101, abs=1e-4)
    less_sure = judged([0.12] * 200, [0.88] * 200)
    assert failed(decide([gold(certain, less_sure)])) == ["log loss"]


def test_an_origin_that_is_accused_is_refused_though_all_together_pass() -> None:
    """Four of 800 human pictures are few; four of one origin's 24 are not."""
    human, origins = 800, ["zoo"] * 24 + ["town"] * 776 + ["model"] * 200
    decision = decide([gold(perfect(human), with_errors(accused=4, human=human), groups=origins)])
    assert [(one.name, one.slice) for one in decision.failed] == [("false accusations", "zoo")]
    zoo = row(decision, "false accusations", slice="zoo")
    assert (zoo.before, zoo.now, zoo.n, zoo.threshold) == (0.0, round(4 / 24, 4), 24, 0.1)


def test_an_origin_of_few_pictures_has_no_row() -> None:
    origins = ["zoo"] * 19 + ["town"] * 181 + ["model"] * 200
    decision = decide([gold(perfect(), perfect(), groups=origins)])
    assert {one.slice for one in decision.rows} == {"", "town"}


def test_what_people_settled_here_is_a_slice_with_its_accuracy() -> None:
    """Its own pictures turn out wrong at one half, among many more that are right."""
    origins = (["settled here"] * 30 + ["town"] * 770) * 2
    wrong = judged([0.6] * 9 + [HUMAN] * 791, [AI] * 800)
    decision = decide([gold(perfect(800, 800), wrong, groups=origins)])
    assert [(one.name, one.slice) for one in decision.failed] == [
        ("balanced accuracy", "settled here")
    ]


@pytest.mark.parametrize("tier", ["web", "hard"])
def test_a_tier_in_which_people_are_accused_is_refused(tier: str) -> None:
    degraded = Compared("calibration", perfect(), with_errors(accused=5), tier)
    decision = decide([gold(perfect(), perfect()), degraded])
    assert ("false accusations", "calibration", tier) in [
        (one.name, one.set, one.slice) for one in decision.failed
    ]


def test_the_audit_sample_is_compared_as_far_as_it_goes() -> None:
    """Human pictures are enough to see accusations; AI pictures are too few for anything."""
    audit = Compared("audit", perfect(60, 5), with_errors(accused=3, human=60, ai=5))
    decision = decide([gold(perfect(), perfect()), audit])
    assert [(one.name, one.set) for one in decision.failed] == [("false accusations", "audit")]
    assert row(decision, "AI found", "audit").before is None
    assert "5 pictures to tell it from" in row(decision, "AI found", "audit").words


@pytest.mark.parametrize(
    ("pictures", "broken", "ok"), [(12, 0, True), (12, 1, False), (250, 2, True), (250, 3, False)]
)
def test_mistakes_that_were_put_right_stay_right(pictures: int, broken: int, ok: bool) -> None:
    """None may come back below a hundred of them, then one in a hundred."""
    before = judged([HUMAN] * pictures, [])
    now = judged([AI] * broken + [UNSURE_HUMAN] * 2 + [HUMAN] * (pictures - broken - 2), [])
    decision = decide([gold(perfect(), perfect()), Compared("regression", before, now)])
    found = row(decision, "right before, wrong now", "regression")
    assert (found.ok, found.n, found.now) == (ok, pictures, round(broken / pictures, 4))
    assert decision.passed == ok


def test_mistakes_that_nobody_had_put_right_yet_say_nothing() -> None:
    wrong = judged([AI] * 5, [])
    decision = decide([gold(perfect(), perfect()), Compared("regression", wrong, wrong)])
    assert decision.passed
    assert row(decision, "right before, wrong now", "regression").before is None


def test_a_bundle_that_grew_too_large_is_refused() -> None:
    decision = decide([gold(perfect(), perfect())], [size_row(44_000_000, 51_000_000)])
    assert failed(decision) == ["size"]


def test_a_small_gold_set_decides_nothing() -> None:
    decision = decide([gold(perfect(19, 40), perfect(19, 40))])
    assert not decision.passed
    (reason,) = decision.reasons
    assert reason == (
        "The gold set holds 19 pictures of its smaller class; 20 are needed to compare two "
        "versions."
    )


def test_without_a_gold_set_nothing_passes() -> None:
    assert not decide([Compared("audit", perfect(), perfect())]).passed
    assert not decide([Compared("gold", perfect(), perfect(), "hard")]).passed
    assert not decide([]).passed


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused_in_any_set(broken: float) -> None:
    spoilt = perfect()
    spoilt.probabilities[3] = broken
    decision = decide([gold(perfect(), perfect()), Compared("audit", perfect(), spoilt)])
    assert not decision.passed
    assert "not a finite number" in decision.reasons[0]


def test_different_pictures_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="the same pictures"):
        gold(perfect(20, 30), perfect(30, 20))
    with pytest.raises(ValueError, match="one entry for each picture"):
        gold(perfect(), perfect(), groups=["zoo"])


def test_a_decision_is_json() -> None:
    decision = decide([gold(noisy(0), noisy(1))])
    stored = json.loads(json.dumps(decision.to_dict()))
    assert stored["passed"] is decision.passed
    assert stored["rows"][0]["name"] == "AUROC"
    assert replace(decision.rows[0], **stored["rows"][0]) == decision.rows[0]
