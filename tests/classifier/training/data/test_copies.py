"""Copies of a picture are known by what serving keeps of it; other pictures are left alone."""

import random
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageOps

from classifier.detector.decoding import decode
from classifier.detector.fingerprint import SIDE, grey_copy
from classifier.training.data.copies import Prints, find_copies
from tests.classifier.training.data.pictures import saved, scene
from tests.requirements import require_lab_data

ENOUGH = 0.95

Change = Callable[[Image.Image, random.Random], Image.Image | bytes]


def resized(image: Image.Image, chance: random.Random) -> Image.Image:
    share = chance.uniform(0.4, 1.3)
    return image.resize((round(image.width * share), round(image.height * share)))


def q30(image: Image.Image, _: random.Random) -> bytes:
    return saved(image, "JPEG", quality=30)


def cropped(image: Image.Image, chance: random.Random) -> Image.Image:
    """Four fifths of both sides, from anywhere."""
    width, height = round(image.width * 0.8), round(image.height * 0.8)
    left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def flipped(image: Image.Image, _: random.Random) -> Image.Image:
    return ImageOps.mirror(image)


CHANGES: dict[str, Change] = {
    "resized": resized,
    "q30": q30,
    "cropped": cropped,
    "flipped": flipped,
}


def grey(picture: Image.Image | bytes) -> np.ndarray:
    """As an upload is kept: saved as JPEG, unless it is a file already."""
    data = picture if isinstance(picture, bytes) else saved(picture, "JPEG", quality=90)
    return grey_copy(decode(data))


def prints(greys: Sequence[np.ndarray], embeddings: np.ndarray | None = None) -> Prints:
    """Grey copies without embeddings, unless some are given."""
    nothing = np.full((len(greys), 2), np.nan)
    return Prints(np.stack(greys), nothing if embeddings is None else embeddings)


def caught(originals: Sequence[Image.Image], change: Change) -> float:
    """The share of changed copies that are known as copies of their original, which measures."""
    copies = [grey(change(image, random.Random(n))) for n, image in enumerate(originals)]
    greys = [*map(grey, originals), *copies]
    found = find_copies(prints(greys), np.arange(len(greys)) < len(originals))
    return sum((n, n + len(originals)) in found for n in range(len(originals))) / len(originals)


@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_a_picture_that_measures_are_caught(change: str) -> None:
    scenes = [scene(seed, width=240, height=180) for seed in range(100)]
    assert caught(scenes, CHANGES[change]) >= ENOUGH


def test_the_measured_picture_may_be_the_cropped_one() -> None:
    image = scene(1)
    small = cropped(image, random.Random(2))
    greys = [grey(image), grey(small), grey(scene(3))]

    assert find_copies(prints(greys), np.array([False, True, False])) == [(0, 1)]


def test_three_hundred_other_pictures_are_left_alone() -> None:
    greys = [grey(scene(seed)) for seed in range(300)]
    assert find_copies(prints(greys), np.arange(300) < 100) == []


def test_nobody_looks_for_crops_where_nothing_measures() -> None:
    image = scene(1)
    greys = [grey(image), grey(cropped(image, random.Random(2))), grey(ImageOps.mirror(image))]

    assert find_copies(prints(greys), np.zeros(3, dtype=np.bool_)) == [(0, 2)]


def test_plain_pictures_are_copies_of_nothing() -> None:
    plain = [grey(Image.new("RGB", (40, 30), colour)) for colour in ("white", "white", "black")]
    assert find_copies(prints(plain), np.array([True, False, False])) == []


def test_pictures_without_a_fingerprint_are_copies_of_nothing() -> None:
    blank = np.zeros((SIDE, SIDE), np.uint8)
    assert find_copies(prints([blank, blank]), np.array([True, False])) == []


def test_where_hashes_do_not_suffice_the_embeddings_decide() -> None:
    """A crop to seven tenths is between the parts that are looked at."""
    image = scene(3)
    between = grey(image.crop((23, 21, 163, 126)))
    alike, apart = np.ones((2, 2)), np.eye(2)
    measures = np.array([True, False])

    assert find_copies(prints([grey(image), between], alike), measures) == [(0, 1)]
    assert find_copies(prints([grey(image), between], apart), measures) == []
    assert find_copies(prints([grey(image), between]), measures) == []


@pytest.mark.parametrize(("greys", "embeddings"), [((2, 64, 64), (1, 3)), ((1, 32, 32), (1, 3))])
def test_prints_that_do_not_fit_are_refused(
    greys: tuple[int, ...], embeddings: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="grey cop"):
        Prints(np.zeros(greys, np.uint8), np.zeros(embeddings))


def test_the_bar_holds_on_the_labs_pictures() -> None:
    """Of 200 pictures; of some 1,000 others at most one in a hundred is taken for a copy."""
    folder = require_lab_data()
    files = sorted(folder.glob("train/*/*/*.jpg")) + sorted(folder.glob("stream/*/*/*.jpg"))
    chosen = random.Random(4).sample(files, 1200)
    measured = [Image.open(path).convert("RGB") for path in chosen[:200]]

    shares = {name: caught(measured, change) for name, change in CHANGES.items()}
    greys = [grey(path.read_bytes()) for path in chosen]
    wrong = {b for a, b in find_copies(prints(greys), np.arange(1200) < 200) if a < 200 <= b}

    assert min(shares.values()) >= ENOUGH, shares
    assert len(wrong) <= 10, [str(chosen[row]) for row in sorted(wrong)]


def test_parts_lie_over_the_whole_picture() -> None:
    """A crop from each corner is known as well as one from the middle."""
    image = scene(5, width=240, height=180)
    corners = [
        grey(image.crop((left, top, left + 192, top + 144)))
        for left, top in product((0, 24, 48), (0, 18, 36))
    ]
    measures = np.arange(10) == 0

    found = find_copies(prints([grey(image), *corners]), measures)

    assert {pair for pair in found if pair[0] == 0} == {(0, row) for row in range(1, 10)}
