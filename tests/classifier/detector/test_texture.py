import numpy as np
import pytest

from classifier.detector import texture
from classifier.detector.preprocessing import Preprocessing, crop_places, take_crops
from classifier.detector.texture import MOST_STEPS, texture_places

TEXTURED = Preprocessing(crop=100, ranking="texture")


def plain(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def with_grain(height: int, width: int, top: int, left: int, side: int = 100) -> np.ndarray:
    """A plain picture with one square of noise."""
    pixels = plain(height, width)
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    pixels[top : top + side, left : left + side] = noise
    return pixels


def test_the_crop_with_the_most_texture_comes_first() -> None:
    pixels = with_grain(400, 400, 250, 150)
    assert crop_places(pixels, TEXTURED)[0] == (250, 150)
    assert np.array_equal(take_crops(pixels, TEXTURED)[0], pixels[250:350, 150:250])


def test_texture_across_and_down_count_alike() -> None:
    across, down = plain(300, 300), plain(300, 300)
    across[200:300, 200:300:2] = 0
    down[200:300:2, 200:300] = 0
    assert texture_places(across, 100, 1) == texture_places(down, 100, 1) == [(200, 200)]


def test_crops_keep_their_distance_while_there_are_others() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (500, 500, 3), dtype=np.uint8)
    places = texture_places(pixels, 100, 5)
    assert len(places) == 5
    for number, (top, left) in enumerate(places):
        for other_top, other_left in places[:number]:
            assert max(abs(top - other_top), abs(left - other_left)) >= 50


def test_the_same_picture_gives_the_same_crops() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (333, 421, 3), dtype=np.uint8)
    assert texture_places(pixels, 100, 5) == texture_places(pixels.copy(), 100, 5)
    assert texture_places(plain(333, 421), 100, 5) == texture_places(plain(333, 421), 100, 5)


@pytest.mark.parametrize(
    ("height", "width", "count"), [(1, 1, 1), (2, 2, 1), (100, 100, 1), (101, 101, 4), (1, 900, 5)]
)
def test_every_size_gives_whole_crops_and_none_twice(height: int, width: int, count: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    places = crop_places(pixels, TEXTURED)
    assert len(places) == len(set(places)) == count
    assert take_crops(pixels, TEXTURED).shape == (count, 100, 100, 3)


def test_a_huge_picture_costs_no_more_than_its_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def energy(pixels: np.ndarray, place: tuple[int, int], crop: int) -> float:
        looked_at.append(place)
        return 0.0

    monkeypatch.setattr(texture, "_energy", energy)
    texture_places(np.broadcast_to(np.uint8(0), (7000, 7000, 3)), 224, 5)
    assert len(looked_at) == MOST_STEPS**2
    assert max(looked_at) == (7000 - 224, 7000 - 224), "and they reach to the far corner"


def test_corners_stay_what_a_bundle_gets_that_asks_for_nothing() -> None:
    assert Preprocessing().ranking == "corners"
    assert Preprocessing(crop=224, max_crops=5, version=1).ranking == "corners"
    with pytest.raises(ValueError, match="ranked by"):
        Preprocessing(ranking="beauty")
