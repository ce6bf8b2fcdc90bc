import inspect
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classifier.training.augmentation import Degradation, screenshot, training_crop
from tests.classifier.detector.pictures import noise

NOTHING = Degradation(rescale=0, compress=0, blur=0, colour=0, screenshot=0)
ALWAYS = Degradation(rescale=1, compress=1, compress_again=1, blur=1, colour=1, screenshot=1)


def test_a_crop_without_degradation_is_a_piece_of_the_picture() -> None:
    pixels = np.asarray(noise(90, 70))
    crop = training_crop(pixels, 32, NOTHING, np.random.default_rng(3))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (32, 32, 3))[:, :, 0]
    mirrored = np.array([crop, crop[:, ::-1]])
    assert any((windows == one).all(axis=(2, 3, 4)).any() for one in mirrored)


@pytest.mark.parametrize("size", [(20, 20), (64, 64), (300, 200)])
@pytest.mark.parametrize("seed", range(12))
def test_a_degraded_crop_keeps_its_shape(size: tuple[int, int], seed: int) -> None:
    crop = training_crop(np.asarray(noise(*size)), 64, ALWAYS, np.random.default_rng(seed))
    assert crop.shape == (64, 64, 3)
    assert crop.dtype == np.uint8


@pytest.mark.parametrize("kind", ["rescale", "compress", "blur", "colour", "screenshot"])
def test_each_degradation_changes_a_crop_by_itself(kind: str) -> None:
    pixels = np.asarray(noise(90, 70))
    how = replace(NOTHING, **{kind: 1})
    degraded = training_crop(pixels, 32, how, np.random.default_rng(3))
    assert not np.array_equal(degraded, training_crop(pixels, 32, NOTHING, _again(3)))


def test_the_label_is_not_among_what_degradation_can_see() -> None:
    assert list(inspect.signature(training_crop).parameters) == ["pixels", "crop", "how", "rng"]
    assert not {field.name for field in fields(Degradation)} & {"label", "target", "is_ai"}


def test_two_pictures_of_one_size_go_the_same_way_with_the_same_stream() -> None:
    """How much is drawn from the stream depends on the size alone, never on what is shown."""
    for seed in range(30):
        streams = [np.random.default_rng(seed) for _ in range(2)]
        training_crop(np.asarray(noise(90, 70)), 32, Degradation(), streams[0])
        training_crop(np.zeros((70, 90, 3), np.uint8), 32, Degradation(), streams[1])
        states = [stream.bit_generator.state for stream in streams]
        assert states[0] == states[1]


def test_a_screenshot_keeps_the_size_and_moves_every_pixel_between_others() -> None:
    image = noise(64, 64)
    seen = [screenshot(image, np.random.default_rng(seed)) for seed in range(20)]
    assert {taken.size for taken in seen} == {(64, 64)}
    assert not any(np.array_equal(np.asarray(taken), np.asarray(image)) for taken in seen)


def test_a_screenshot_of_grey_shows_a_window_edge_now_and_then() -> None:
    grey = Image.new("RGB", (64, 64), (100, 100, 100))
    flat = [
        len(np.unique(np.asarray(screenshot(grey, np.random.default_rng(seed))))) == 1
        for seed in range(40)
    ]
    assert 0 < sum(flat) < 40


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"blur": 1.5}, "`blur` is a share"),
        ({"scale_least": 2.0}, "`scale_least`"),
        ({"quality_least": 0}, "`quality_least`"),
    ],
)
def test_shares_and_ranges_that_make_no_sense_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Degradation(**wrong)


def _again(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
