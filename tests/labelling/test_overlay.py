"""The heat map as a picture: colours on their side, hatching where nothing was looked at."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from classifier.detector.explanation import Explanation, Look
from labelling.overlay import AMBER, BLUE, HATCH, STRONGEST, draw_overlay, read_legend


def halves(left: float = 10.0, right: float = -4.0, **size: int) -> Explanation:
    """One crop of 64 pixels, its left half for one side and its right half for the other."""
    cells = np.array([[left] * 4 + [right] * 4] * 8)
    place = {"height": 64, "width": 64} | size
    return Explanation(place["height"], place["width"], 64, [Look(0, 0, cells)])


def pixels_of(overlay: bytes) -> np.ndarray:
    picture = Image.open(BytesIO(overlay))
    assert (picture.format, picture.mode) == ("PNG", "RGBA")
    return np.asarray(picture)


def test_amber_is_ai_blue_is_human_and_the_stronger_hides_more() -> None:
    drawn = pixels_of(draw_overlay(halves(), version=3))
    assert np.array_equal(drawn[:, :28, :3], np.broadcast_to(AMBER, (64, 28, 3)))
    assert np.array_equal(drawn[:, 36:, :3], np.broadcast_to(BLUE, (64, 28, 3)))
    assert set(drawn[:, :28, 3].ravel()) == {STRONGEST}
    assert set(drawn[:, 36:, 3].ravel()) == {int(0.4 * STRONGEST)}


def test_what_was_not_looked_at_is_hatched_in_grey_and_otherwise_clear() -> None:
    drawn = pixels_of(draw_overlay(halves(width=96), version=3))[:, 64:]
    assert set(drawn[..., 3].ravel()) == {0, HATCH}
    lines = drawn[drawn[..., 3] == HATCH]
    assert (lines[:, 0] == lines[:, 1]).all()
    assert (lines[:, 1] == lines[:, 2]).all()
    assert 0.1 < (drawn[..., 3] == HATCH).mean() < 0.5


def test_nothing_is_hatched_where_all_of_it_was_looked_at() -> None:
    drawn = pixels_of(draw_overlay(halves(), version=3))
    assert (drawn[..., :3] == AMBER).all(axis=2).sum() + (drawn[..., :3] == BLUE).all(
        axis=2
    ).sum() == 64 * 64


def test_the_legend_travels_in_the_file() -> None:
    legend = read_legend(draw_overlay(halves(width=96), version=3))
    assert (legend.version, legend.crops, legend.crop) == (3, 1, 64)
    assert legend.score == pytest.approx(3.0)
    assert legend.full == 10
    assert legend.looked_at == pytest.approx(64 / 96)
    assert legend.ai is not None
    assert legend.human is not None
    assert legend.ai.log_odds == pytest.approx(10.0)
    assert legend.ai.x < 1 / 3
    assert legend.human.log_odds == pytest.approx(-4.0)
    assert 1 / 3 < legend.human.x < 2 / 3


def test_a_side_for_which_nothing_speaks_has_no_place() -> None:
    legend = read_legend(draw_overlay(halves(right=1.0), version=3))
    assert legend.human is None
    assert legend.ai is not None


@pytest.mark.parametrize(("strong", "full"), [(0.3, 2), (2.0, 2), (2.1, 5), (31.0, 50), (900, 100)])
def test_the_full_colour_stands_at_a_round_figure(strong: float, full: int) -> None:
    assert read_legend(draw_overlay(halves(strong, -strong), version=3)).full == full


def test_it_is_no_larger_than_the_view_of_the_picture() -> None:
    assert pixels_of(draw_overlay(halves(height=6000, width=8000), version=3)).shape[:2] == (
        1200,
        1600,
    )


def test_the_same_explanation_is_the_same_file() -> None:
    assert draw_overlay(halves(), version=3) == draw_overlay(halves(), version=3)
