import numpy as np
import pytest

from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.doubt import Doubt, Familiarity, disagreement_of
from classifier.vocabulary import Reason, Verdict

# Two axes of three count, and what was learned from lies along both of them.
FAMILIARITY = Familiarity(
    middle=np.array([1, 1, 1], np.float32),
    axes=np.array([[1, 0, 0], [0, 1, 0]], np.float32),
    prototypes=np.array([[1, 0], [0, 1]], np.float32),
)
JUDGE = Judge(
    Head(np.array([1, 0, 0], np.float32), 0.0),
    Calibration(1.0, 0.0),
    Thresholds(human=0.3, ai=0.7),
    Doubt(disagreement=2.0, distance=0.5, familiarity=FAMILIARITY),
)
FAMILIAR_AI = [5.0, 1.0, 1.0]


def test_distance_is_to_the_nearest_prototype_along_the_axes_that_count() -> None:
    pictures = np.array([[3, 1, 99], [1, 0, 1], [2, 2, 1]], np.float32)
    halfway = 1 - np.sqrt(0.5)
    assert FAMILIARITY.distances(pictures) == pytest.approx([0.0, 1.0, halfway], abs=1e-6)


def test_the_middle_itself_is_as_far_from_everything_as_a_stranger() -> None:
    assert FAMILIARITY.distances(np.ones((1, 3))) == pytest.approx([1.0])


def test_how_far_crops_differ_is_the_spread_of_their_logits() -> None:
    assert disagreement_of(np.array([-1.0, 3.0])) == 2.0
    assert disagreement_of(np.array([4.0, 4.0, 4.0])) == 0.0
    assert disagreement_of(np.array([4.0])) is None, "one crop cannot disagree with itself"


@pytest.mark.parametrize(
    ("embedding", "disagreement", "too_small", "reasons"),
    [
        (FAMILIAR_AI, 0.0, False, ()),
        (FAMILIAR_AI, 2.0, False, ()),
        (FAMILIAR_AI, np.nan, False, ()),
        (FAMILIAR_AI, 2.1, False, (Reason.VIEWS_DISAGREE,)),
        (FAMILIAR_AI, 0.0, True, (Reason.TOO_SMALL,)),
        ([5.0, -9.0, 1.0], 0.0, False, (Reason.UNFAMILIAR,)),
        ([0.1, 5.0, 1.0], 0.0, False, (Reason.BETWEEN_THRESHOLDS,)),
        ([0.1, -9.0, 1.0], 9.0, True, tuple(Reason)),
    ],
)
def test_any_doubt_takes_the_answer_away_and_is_named(
    embedding: list[float], disagreement: float, too_small: bool, reasons: tuple[Reason, ...]
) -> None:
    said = JUDGE.judge(
        np.array([embedding]),
        disagreements=np.array([disagreement]),
        too_small=np.array([too_small]),
    )
    assert said.reasons == [reasons]
    assert said.verdicts == [Verdict.UNCERTAIN if reasons else Verdict.AI]
    assert said.probabilities[0] == JUDGE.calibration.probabilities(embedding[0])


def test_a_judge_without_bounds_doubts_nothing() -> None:
    bold = Judge(JUDGE.head, JUDGE.calibration, JUDGE.thresholds)
    said = bold.judge(np.array([[5.0, -9.0, 1.0]]), disagreements=np.array([99.0]))
    assert (said.verdicts, said.reasons) == ([Verdict.AI], [()])


@pytest.mark.parametrize("bound", [-0.1, float("nan"), float("inf")])
def test_a_bound_is_a_finite_number(bound: float) -> None:
    with pytest.raises(ValueError, match="finite number"):
        Doubt(disagreement=bound)


def test_a_bound_on_the_distance_needs_something_to_measure_from() -> None:
    with pytest.raises(ValueError, match="measure it from"):
        Doubt(distance=0.5)
    with pytest.raises(ValueError, match="measure it from"):
        Doubt(familiarity=FAMILIARITY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"middle": np.ones(4, np.float32)},
        {"prototypes": np.ones((2, 3), np.float32)},
        {"prototypes": np.ones((0, 2), np.float32)},
        {"middle": np.array([1, 1, np.nan], np.float32)},
    ],
)
def test_a_familiarity_whose_parts_do_not_fit_is_refused(wrong: dict[str, np.ndarray]) -> None:
    parts = {name: getattr(FAMILIARITY, name) for name in ("middle", "axes", "prototypes")}
    with pytest.raises(ValueError, match="a familiarity needs"):
        Familiarity(**{**parts, **wrong})
