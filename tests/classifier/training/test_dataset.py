from pathlib import Path

import numpy as np
import pytest

from classifier.training.dataset import load_pictures
from classifier.training.manifest import ManifestError, read_entries
from classifier.training.tiers import TIERS
from classifier.vocabulary import Label
from tests.classifier.detector.pictures import noise
from tests.classifier.toy import make_toy_pictures

AI = Label.AI


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


def test_the_tiers_degrade_more_and_more() -> None:
    pixels = np.asarray(noise(900, 600))
    sizes = {tier: degrade(pixels).shape for tier, degrade in TIERS.items()}
    assert sizes == {"clean": (600, 900, 3), "web": (512, 768, 3), "hard": (341, 512, 3)}
    small = np.asarray(noise(60, 40))
    lost = {
        tier: np.abs(degrade(small).astype(int) - small).mean() for tier, degrade in TIERS.items()
    }
    assert lost["clean"] == 0 < lost["web"] < lost["hard"]
