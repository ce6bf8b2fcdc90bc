from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier.detector.decoding import Pixels
from classifier.detector.preprocessing import Preprocessing, take_crops
from classifier.training import compression
from classifier.training.clip import Block
from classifier.training.compression import check_compression, compress, typical_crops
from classifier.training.config import Compression, TrainingConfig
from classifier.training.config_file import ConfigError
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.network import Network
from classifier.vocabulary import Label
from tests.classifier.training.test_clip import small

CONFIG = TrainingConfig(preprocessing=Preprocessing(crop=64))


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """Ten pictures to learn from, of many sizes, and two that are held out and do not exist."""
    rng = np.random.default_rng(2)
    found = []
    for number in range(10):
        path = tmp_path / f"{number}.png"
        pixels = rng.integers(0, 256, (50 + 20 * number, 90, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        found.append(Entry(path, Label.AI, "train", "g", "s", str(number)))
    gone = tmp_path / "gone.png"
    return [*found, *(Entry(gone, Label.AI, split, "g", "s", split) for split in ("val", "test"))]


def untouched(crops: Pixels, entries: list[Entry]) -> list[bool]:
    """Say of each crop whether it is the centre of a picture as it is."""
    how = replace(CONFIG.preprocessing, max_crops=1)
    centres = [take_crops(read_pixels(e), how)[0] for e in entries if e.split == "train"]
    return [any(np.array_equal(crop, centre) for centre in centres) for crop in crops]


@pytest.mark.parametrize(
    "compressed",
    [Compression(neurons=0.5), Compression(embedding=64), Compression(weights="int8")],
)
def test_a_network_that_cannot_be_made_small_is_refused(compressed: Compression) -> None:
    config = TrainingConfig(epochs=0, compression=compressed)
    with pytest.raises(ConfigError, match="Only clip-b16 can be compressed: with efficientnet-l"):
        check_compression(config)
    check_compression(replace(config, network="clip-b16"))
    check_compression(TrainingConfig())


def test_a_network_that_is_trained_keeps_its_whole_embedding() -> None:
    config = TrainingConfig(network="clip-b16", epochs=2, compression=Compression(embedding=64))
    with pytest.raises(ConfigError, match=r"leave `compression\.embedding` at 0, or set `epochs`"):
        check_compression(config)
    check_compression(replace(config, epochs=0))


def test_typical_crops_are_the_same_each_time_and_every_other_one_is_degraded(
    entries: list[Entry],
) -> None:
    crops = typical_crops(entries, CONFIG)
    assert crops.shape == (10, 64, 64, 3)
    assert crops.dtype == np.uint8
    assert np.array_equal(crops, typical_crops(entries, CONFIG))
    assert untouched(crops, entries) == [True, False] * 5


def test_another_seed_draws_other_crops(entries: list[Entry]) -> None:
    other = typical_crops(entries, replace(CONFIG, seed=CONFIG.seed + 1))
    assert not np.array_equal(typical_crops(entries, CONFIG), other)


def test_no_more_pictures_are_read_than_are_needed(
    entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "PICTURES", 4)
    crops = typical_crops(entries, CONFIG)
    assert untouched(crops, entries) == [True, False] * 2


def test_compressing_takes_neurons_out_and_says_what_was_lost(entries: list[Entry]) -> None:
    backbone = small()
    config = replace(CONFIG, network="clip-b16", compression=Compression(neurons=0.5))
    said = compress(Network(backbone), entries, config)
    assert said["neurons_kept"] == 0.5
    lost = said["lost_of_each_block"]
    assert isinstance(lost, list)
    assert len(lost) == 3
    assert all(0 < share < 1 for share in lost)
    blocks = [block for block in backbone.blocks if isinstance(block, Block)]
    assert [len(block.fc1.weight) for block in blocks] == [64, 64, 64]


def test_with_all_neurons_no_picture_is_read() -> None:
    assert compress(Network(small()), [], CONFIG) == {}
