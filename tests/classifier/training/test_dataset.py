from pathlib import Path

import numpy as np
import pytest

from classifier.detector.polarity import ai_targets
from classifier.training.augmentation import Degradation, training_crop
from classifier.training.dataset import draw_weights, load_pictures, training_batches
from classifier.training.manifest import ManifestError, read_entries
from classifier.training.tiers import TIERS
from classifier.vocabulary import Label
from tests.classifier.detector.pictures import noise
from tests.classifier.toy import make_toy_pictures

AI, HUMAN = Label.AI, Label.HUMAN
NOTHING = Degradation(rescale=0, compress=0, blur=0, colour=0)


def test_each_class_is_drawn_half_of_the_time_and_rare_generators_more_often() -> None:
    known = [AI] * 5 + [HUMAN] * 20
    generators = ["rare"] + ["common"] * 4 + ["camera"] * 20
    weights = draw_weights(known, generators)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[ai_targets(known)].sum() == pytest.approx(0.5)
    assert weights[0] == pytest.approx(0.5 / 3), "a share by the square root of one against four"
    assert weights[1:5].sum() == pytest.approx(1.0 / 3)


def test_batches_hold_crops_beside_their_own_targets(tmp_path: Path) -> None:
    """Toy AI pictures are smooth: the crop itself tells which target belongs to it."""
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p")))
    batches = list(training_batches(pictures, epoch=0, seed=1, batch=16, crop=64, how=NOTHING))
    assert sum(len(targets) for _, targets in batches) == 96
    for crops, targets in batches:
        assert crops.shape == (16, 64, 64, 3)
        assert crops.dtype == np.uint8
        smooth = np.abs(np.diff(crops.astype(int), axis=2)).mean(axis=(1, 2, 3)) < 5
        assert smooth.tolist() == (targets == 1.0).tolist()


def test_the_same_seed_and_epoch_give_the_same_batches(tmp_path: Path) -> None:
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p", of_each=8)))

    def first(epoch: int, seed: int) -> np.ndarray:
        return next(
            training_batches(pictures, epoch=epoch, seed=seed, batch=8, crop=32, how=Degradation())
        )[0]

    assert np.array_equal(first(0, 1), first(0, 1))
    assert not np.array_equal(first(0, 1), first(1, 1))
    assert not np.array_equal(first(0, 1), first(0, 2))


def test_a_damaged_picture_stops_the_reading(tmp_path: Path) -> None:
    folder = make_toy_pictures(tmp_path / "p", of_each=2)
    (folder / "ai" / "000.png").write_bytes(b"no picture")
    with pytest.raises(ManifestError, match=r"ai/000.png cannot be used: This is not a JPEG"):
        load_pictures(read_entries(folder))


def test_of_a_large_picture_only_the_middle_is_kept(tmp_path: Path) -> None:
    folder = make_toy_pictures(tmp_path / "p", of_each=1)
    whole = noise(1500, 100)
    whole.save(folder / "ai" / "000.png")
    entries = [entry for entry in read_entries(folder) if entry.label is AI]
    (pixels,) = load_pictures(entries).pixels
    assert np.array_equal(pixels, np.asarray(whole)[:, 110:1390])


def test_a_crop_without_degradation_is_a_piece_of_the_picture() -> None:
    pixels = np.asarray(noise(90, 70))
    crop = training_crop(pixels, 32, NOTHING, np.random.default_rng(3))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (32, 32, 3))[:, :, 0]
    mirrored = np.array([crop, crop[:, ::-1]])
    assert any((windows == one).all(axis=(2, 3, 4)).any() for one in mirrored)


@pytest.mark.parametrize("size", [(20, 20), (64, 64), (300, 200)])
@pytest.mark.parametrize("seed", range(12))
def test_a_degraded_crop_keeps_its_shape(size: tuple[int, int], seed: int) -> None:
    always = Degradation(rescale=1, compress=1, compress_again=1, blur=1, colour=1)
    crop = training_crop(np.asarray(noise(*size)), 64, always, np.random.default_rng(seed))
    assert crop.shape == (64, 64, 3)
    assert crop.dtype == np.uint8


def test_the_tiers_degrade_more_and_more() -> None:
    pixels = np.asarray(noise(900, 600))
    sizes = {tier: degrade(pixels).shape for tier, degrade in TIERS.items()}
    assert sizes == {"clean": (600, 900, 3), "web": (512, 768, 3), "hard": (341, 512, 3)}
    small = np.asarray(noise(60, 40))
    lost = {
        tier: np.abs(degrade(small).astype(int) - small).mean() for tier, degrade in TIERS.items()
    }
    assert lost["clean"] == 0 < lost["web"] < lost["hard"]
