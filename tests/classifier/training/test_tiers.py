from collections.abc import Callable

import numpy as np
import pytest

from classifier.detector.decoding import Pixels
from classifier.training.tiers import ALL_TIERS, TIERS, crop, screenshot, webp


def picture(seed: int = 0, height: int = 300, width: int = 220) -> Pixels:
    """Smooth, so that compression keeps most of it."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 20 + 1, width // 20 + 1, 3), dtype=np.uint8)
    return np.ascontiguousarray(small.repeat(20, 0).repeat(20, 1)[:height, :width])


def test_a_bundle_is_made_with_the_first_three() -> None:
    assert list(TIERS) == ["clean", "web", "hard"]
    assert list(ALL_TIERS) == [*TIERS, "webp", "screenshot", "crop"]


@pytest.mark.parametrize("tier", ALL_TIERS)
def test_the_same_picture_always_comes_out_the_same(tier: str) -> None:
    once, again = (ALL_TIERS[tier](picture(3)) for _ in range(2))
    assert once.dtype == np.uint8
    assert once.ndim == 3
    assert np.array_equal(once, again)


@pytest.mark.parametrize("tier", ALL_TIERS)
@pytest.mark.parametrize("size", [(1, 1), (1, 900), (7, 3)])
def test_the_smallest_pictures_come_through(tier: str, size: tuple[int, int]) -> None:
    out = ALL_TIERS[tier](np.full((*size, 3), 90, dtype=np.uint8))
    assert min(out.shape) >= 1


def test_a_crop_is_a_part_of_the_picture_of_half_to_four_fifths() -> None:
    sizes = set()
    for seed in range(12):
        whole = np.full((250, 200, 3), seed, dtype=np.uint8)
        whole[:, :, 0] = np.arange(250)[:, None]
        whole[:, :, 1] = np.arange(200)
        part = crop(whole)
        height, width = part.shape[:2]
        assert 125 <= height <= 200
        assert 100 <= width <= 160
        top, left = part[0, 0, :2]  # each pixel tells where it was
        assert np.array_equal(part, whole[top : top + height, left : left + width])
        sizes.add((height, width, top, left))
    assert len(sizes) > 6


def test_a_screenshot_is_drawn_at_another_scale() -> None:
    scales = []
    for seed in range(12):
        height, width = screenshot(picture(seed)).shape[:2]
        scales.append(height / 300)
        assert width / 220 == pytest.approx(height / 300, abs=0.01)
    assert all(0.66 <= scale <= 1.51 for scale in scales)
    assert len(set(scales)) > 6
    assert min(scales) < 1 < max(scales)


def test_a_screenshot_of_a_huge_picture_fits_a_screen() -> None:
    assert max(screenshot(np.zeros((10, 9000, 3), dtype=np.uint8)).shape) == 3840


def test_webp_keeps_the_size_and_loses_a_little() -> None:
    pixels = picture()
    out = webp(pixels)
    assert out.shape == pixels.shape
    assert 0 < np.abs(out.astype(int) - pixels).mean() < 12


@pytest.mark.parametrize("tier", [webp, screenshot, crop])
def test_what_comes_in_stays_as_it_is(tier: Callable[[Pixels], Pixels]) -> None:
    pixels = picture()
    before = pixels.copy()
    tier(pixels)
    assert np.array_equal(pixels, before)
