from typing import Any

import numpy as np
import pytest

from classifier.detector.preprocessing import Preprocessing, crop_corners, cut, take_crops


def picture(height: int, width: int) -> np.ndarray:
    """Each pixel tells its own row and column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows % 256, columns % 256, rows // 256 + columns // 256], axis=2).astype(
        np.uint8
    )


def test_a_large_picture_gives_its_centre_and_corners_at_native_resolution() -> None:
    pixels = picture(300, 400)
    crops = take_crops(pixels, Preprocessing(crop=100))
    places = [(100, 150), (0, 0), (200, 300), (0, 300), (200, 0)]
    assert crop_corners(300, 400, 100, 5) == places
    for crop, (top, left) in zip(crops, places, strict=True):
        assert np.array_equal(crop, pixels[top : top + 100, left : left + 100])


@pytest.mark.parametrize(
    ("height", "width", "count"),
    [(224, 224, 1), (10, 10, 1), (1, 1, 1), (224, 600, 3), (600, 100, 3), (225, 225, 4)],
)
def test_no_crop_is_taken_twice(height: int, width: int, count: int) -> None:
    crops = take_crops(picture(height, width), Preprocessing(crop=224))
    assert crops.shape == (count, 224, 224, 3)
    assert crops.dtype == np.uint8


def test_a_picture_gives_no_more_crops_than_asked_for() -> None:
    assert take_crops(picture(500, 500), Preprocessing(crop=100, max_crops=2)).shape[0] == 2


def test_a_small_picture_is_mirrored_and_never_stretched() -> None:
    square = cut(picture(3, 4), 0, 0, 6)
    assert square[:, 0, 0].tolist() == [0, 1, 2, 1, 0, 1]
    assert square[0, :, 1].tolist() == [0, 1, 2, 3, 2, 1]


def test_an_endless_strip_costs_no_more_than_its_crops() -> None:
    strip = np.zeros((1, 5_000_000, 3), dtype=np.uint8)
    assert take_crops(strip, Preprocessing()).shape == (3, 224, 224, 3)


@pytest.mark.parametrize("wrong", [{"crop": 0}, {"max_crops": 0}, {"max_crops": 6}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a crop needs"):
        Preprocessing(**wrong)
