"""Copies are found however they were changed; other pictures are left alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from classifier.training.data.look import Look
from classifier.training.data.twins import (
    EMBEDDING,
    HASH,
    MIRROR,
    SAME,
    Pair,
    families,
    find_twins,
    hashes_of,
    near,
)
from tests.classifier.training.data.pictures import look, saved, scene

Change = Callable[[Image.Image], bytes]


def looks_at(folder: Path, *files: bytes) -> list[Look]:
    return [look(folder / f"{number}.img", data) for number, data in enumerate(files)]


CHANGES: dict[str, Change] = {
    "recompressed": lambda image: saved(image, "JPEG", quality=30),
    "another container": lambda image: saved(image, "WEBP", quality=50),
    "smaller": lambda image: saved(image.resize((90, 67)), "JPEG"),
    "another shape": lambda image: saved(image.resize((170, 150)), "JPEG"),
    "brighter": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.2)),
    "grey": lambda image: saved(image.convert("L")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_a_twin(tmp_path: Path, change: str) -> None:
    image = scene(7)
    seen = looks_at(tmp_path, saved(image), saved(scene(8)), CHANGES[change](image))
    assert find_twins(seen) == [Pair(0, 2, HASH)]


def test_the_same_bytes_and_a_mirrored_copy_are_twins(tmp_path: Path) -> None:
    image = scene(7)
    mirrored = saved(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "JPEG")
    seen = looks_at(tmp_path, saved(image), saved(image), mirrored)
    assert find_twins(seen) == [Pair(0, 1, SAME), Pair(0, 2, MIRROR), Pair(1, 2, MIRROR)]


def test_three_hundred_other_pictures_have_no_twin(tmp_path: Path) -> None:
    seen = looks_at(tmp_path, *(saved(scene(seed), "JPEG") for seed in range(300)))
    assert find_twins(seen) == []


def test_plain_pictures_and_gradients_are_not_all_one_picture(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 100).astype(np.uint8)[:, None, None]
    plain = [np.broadcast_to(ramp * share, (100, 80, 3)) for share in (0.5, 0.7, 1.0)]
    seen = looks_at(tmp_path, *(saved(Image.fromarray(p.astype("u1"))) for p in plain))
    assert find_twins(seen) == []


def test_a_cropped_copy_needs_an_embedding_that_agrees(tmp_path: Path) -> None:
    image = scene(7)
    cropped = saved(image.crop((12, 9, 188, 141)), "JPEG")
    seen = looks_at(tmp_path, saved(image), cropped, saved(scene(9)))
    asked: list[int] = []

    def embed(looks: Sequence[Look], *, alike: bool) -> np.ndarray:
        asked.append(len(looks))
        return np.eye(len(looks))[:, :1] * 0 + 1 if alike else np.eye(len(looks))

    assert find_twins(seen) == []
    assert find_twins(seen, lambda looks: embed(looks, alike=False)) == []
    assert find_twins(seen, lambda looks: embed(looks, alike=True)) == [Pair(0, 1, EMBEDDING)]
    assert asked == [2, 2], "only pictures that are nearly near are embedded"


def test_near_counts_bits_over_both_words_and_across_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("classifier.training.data.twins.BLOCK", 2)
    words = np.array([[0, 0], [3, 0], [7, 1], [0, 2**63]], dtype=np.uint64)
    assert list(near(words, words, 2)) == [(0, 1, 2), (0, 3, 1), (1, 2, 2)]


def test_hashes_do_not_depend_on_their_neighbours() -> None:
    thumbnails = [np.asarray(scene(n, width=32, height=32).convert("L")) for n in range(5)]
    together = hashes_of(thumbnails)
    assert together.shape == (5, 2)
    assert np.array_equal(together[3:], hashes_of(thumbnails[3:]))
    assert hashes_of([]).shape == (0, 2)


def test_twins_of_twins_are_one_family() -> None:
    pairs = [Pair(0, 3, HASH), Pair(3, 5, HASH), Pair(1, 2, SAME)]
    assert sorted(families(7, pairs)) == [[0, 3, 5], [1, 2]]
    assert families(3, []) == []
