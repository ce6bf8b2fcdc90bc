from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier.training import baselines as module
from classifier.training.baselines import Baselines, baselines, colour_features
from classifier.training.manifest import Entry, ManifestError
from classifier.training.markdown import COLOUR, MAJORITY, METADATA
from classifier.training.scoring import View
from classifier.vocabulary import Label, Verdict

AI, HUMAN = Label.AI, Label.HUMAN


def written(folder: Path, label: Label, number: int, *, size: int, red: int) -> Entry:
    path = folder / f"{label}-{number}.png"
    pixels = np.random.default_rng(number).integers(0, 120, (size, size + 9, 3), dtype=np.uint8)
    pixels[:, :, 0] = red
    Image.fromarray(pixels).save(path)
    return Entry(path, label, "train", str(label), "", path.name)


def pile(folder: Path) -> list[Entry]:
    """AI is red and large, human neither; one third is AI."""
    folder.mkdir()
    ai = [written(folder, AI, number, size=64, red=200) for number in range(8)]
    return ai + [written(folder, HUMAN, number, size=40, red=40) for number in range(16)]


def learned(entries: Sequence[Entry], cache: Path | None, said: list[str]) -> Baselines:
    return baselines(entries, cache, progress=lambda share, words: said.append(words))


def test_each_reads_what_it_is_named_after(tmp_path: Path) -> None:
    scorers = learned(pile(tmp_path / "pile"), None, []).scorers()
    red = np.full((30, 30, 3), (200, 60, 60), dtype=np.uint8)
    dull = np.full((30, 30, 3), (40, 60, 60), dtype=np.uint8)
    large = written(tmp_path, AI, 99, size=64, red=40)
    small = written(tmp_path, HUMAN, 98, size=40, red=200)

    def said(name: str, entry: Entry, pixels: np.ndarray, tier: str = "clean") -> Verdict | None:
        opinion = scorers[name](View(entry, tier, pixels))
        return opinion.verdict if opinion else None

    assert said(COLOUR, small, red) is Verdict.AI
    assert said(COLOUR, large, dull) is Verdict.HUMAN
    assert said(METADATA, large, dull) is Verdict.AI
    assert said(METADATA, small, red) is Verdict.HUMAN
    assert said(MAJORITY, large, red) is Verdict.HUMAN
    opinion = scorers[MAJORITY](View(large, "web", red))
    assert opinion is not None
    assert opinion.probability_ai == pytest.approx(1 / 3)


def test_only_the_file_as_it_came_has_a_header(tmp_path: Path) -> None:
    entries = pile(tmp_path / "pile")
    scorers = learned(entries, None, []).scorers()
    view = View(entries[0], "web", np.zeros((9, 9, 3), dtype=np.uint8))
    assert scorers[METADATA](view) is None
    assert scorers[COLOUR](view) is not None


def test_what_was_learned_is_kept_until_the_pictures_change(tmp_path: Path) -> None:
    entries = pile(tmp_path / "pile")
    first, said = learned(entries, tmp_path / "cache", []), list[str]()
    again = learned(entries, tmp_path / "cache", said)
    assert said == []
    assert np.array_equal(again.colours.weight, first.colours.weight)
    assert again.ai_share == first.ai_share
    learned(entries[:-1], tmp_path / "cache", said)
    assert said != []


def test_a_broken_cache_is_learned_anew(tmp_path: Path) -> None:
    entries = pile(tmp_path / "pile")
    learned(entries, tmp_path / "cache", [])
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"nothing of use")
    said: list[str] = []
    assert learned(entries, tmp_path / "cache", said).ai_share == pytest.approx(1 / 3)
    assert said != []
    assert module._load(kept) is not None


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="both classes"):
        learned(pile(tmp_path / "pile")[:8], None, [])


def test_colours_do_not_depend_on_the_size() -> None:
    small = np.full((20, 30, 3), (255, 0, 0), dtype=np.uint8)
    large = np.full((200, 300, 3), (255, 0, 0), dtype=np.uint8)
    assert np.array_equal(colour_features(small), colour_features(large))
    assert colour_features(small).sum() == 1
