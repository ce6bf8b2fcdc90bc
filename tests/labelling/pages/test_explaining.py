"""A heat map in words."""

from dataclasses import replace

import pytest

from labelling.overlay import Legend, Place
from labelling.pages.explaining import likeness, odds, read_key, signed

LEGEND = Legend(
    version=7,
    score=7.52,
    full=20,
    looked_at=0.859,
    crops=5,
    crop=224,
    ai=Place(0.84, 0.34, 22.21),
    human=None,
)


@pytest.mark.parametrize(
    ("log_odds", "text"), [(2.14, "+2.1"), (-0.36, "−0.4"), (0.04, "0.0"), (-0.04, "0.0")]
)
def test_figures_have_their_sign(log_odds: float, text: str) -> None:
    assert signed(log_odds) == text


@pytest.mark.parametrize(
    ("log_odds", "text"),
    [
        (0.0, "even"),
        (0.04, "even"),
        (0.5, "1.6 to 1 for AI"),
        (-1.08, "2.9 to 1 for human"),
        (2.2957, "9.9 to 1 for AI"),
        (2.3026, "10 to 1 for AI"),
        (7.52, "1,800 to 1 for AI"),
        (-11.0, "60,000 to 1 for human"),
        (99.0, "over 1,000,000 to 1 for AI"),
        (-5000.0, "over 1,000,000 to 1 for human"),
    ],
)
def test_log_odds_are_told_as_people_bet(log_odds: float, text: str) -> None:
    assert odds(log_odds) == text


def test_the_key_says_where_most_comes_from() -> None:
    key = read_key(LEGEND)
    assert (key.score, key.odds, key.probability) == ("+7.5", "1,800 to 1 for AI", "over 99%")
    assert (key.ai, key.human) == ("+22.2, at the right", "")


@pytest.mark.parametrize(
    ("x", "y", "where"),
    [
        (0.0, 0.0, "at the upper left"),
        (0.5, 0.1, "at the top"),
        (0.9, 0.1, "at the upper right"),
        (0.1, 0.5, "at the left"),
        (0.5, 0.5, "in the centre"),
        (0.1, 0.9, "at the lower left"),
        (0.5, 0.9, "at the bottom"),
        (1.0, 1.0, "at the lower right"),
    ],
)
def test_places_have_names(x: float, y: float, where: str) -> None:
    assert read_key(replace(LEGEND, ai=Place(x, y, 3.0))).ai == f"+3.0, {where}"


def test_what_was_looked_at_is_told() -> None:
    assert read_key(LEGEND).looked_at == (
        "The detector looked at 5 squares of 224 × 224 pixels, 86% of the picture. "
        "What is hatched had no part in the score."
    )
    assert read_key(replace(LEGEND, looked_at=1.0, crops=1)).looked_at == (
        "The detector looked at one square of 224 × 224 pixels, which covers the whole picture."
    )
    assert read_key(replace(LEGEND, looked_at=1.0)).looked_at == (
        "The detector looked at 5 squares of 224 × 224 pixels, which cover the whole picture."
    )


def test_extreme_scores_break_nothing() -> None:
    assert read_key(replace(LEGEND, score=-1e9)).probability == "under 1%"
    assert read_key(replace(LEGEND, score=1e9)).probability == "over 99%"


@pytest.mark.parametrize(
    ("cosine", "word"),
    [
        (1.0, "Nearly the same picture"),
        (0.995, "Nearly the same picture"),
        (0.96, "Very alike"),
        (0.8, "Alike"),
        (0.5, "Somewhat alike"),
    ],
)
def test_likeness_has_words(cosine: float, word: str) -> None:
    assert likeness(cosine) == word
