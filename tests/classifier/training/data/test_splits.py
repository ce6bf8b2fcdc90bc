"""What belongs together is in one split; what is measured with stays."""

from pathlib import Path

import pytest

from classifier.training.data.entry import ManifestError, split_of
from classifier.training.data.look import Look
from classifier.training.data.splits import keep_apart, refuse_conflicts
from classifier.training.data.twins import HASH, SAME, Pair
from classifier.vocabulary import Label
from tests.classifier.training.data.pictures import look, saved, scene


def looks_in(folder: Path, *splits: str, given: bool = True) -> list[Look]:
    """One picture for each split named; the group is the file's name."""
    return [
        look(folder / f"{row}.png", saved(scene(row)), split=split, split_given=given)
        for row, split in enumerate(splits)
    ]


def kept(looks: list[Look], pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(seen.entry.path.name, seen.entry.split) for seen in keep_apart(looks, pairs).looks]


def test_train_loses_its_copies_of_what_is_measured_with(tmp_path: Path) -> None:
    looks = looks_in(tmp_path, "train", "val", "train", "test", "val")
    pairs = [Pair(0, 1, HASH), Pair(3, 4, HASH)]
    assert kept(looks, pairs) == [("1.png", "val"), ("2.png", "train"), ("3.png", "test")]


def test_a_family_reaches_as_far_as_its_twins(tmp_path: Path) -> None:
    looks = looks_in(tmp_path, "train", "train", "test")
    apart = keep_apart(looks, [Pair(0, 1, HASH), Pair(1, 2, HASH)])
    assert [seen.entry.split for seen in apart.looks] == ["test"]
    assert [seen.entry.path.name for seen in apart.dropped] == ["0.png", "1.png"]
    assert (apart.families, apart.crossing, dict(apart.pairs)) == (1, 1, {HASH: 2})


def test_twins_inside_one_split_stay(tmp_path: Path) -> None:
    looks = looks_in(tmp_path, "train", "train")
    assert kept(looks, [Pair(0, 1, HASH)]) == [("0.png", "train"), ("1.png", "train")]


def test_the_same_bytes_count_once(tmp_path: Path) -> None:
    looks = [look(tmp_path / f"{n}.png", saved(scene(1))) for n in range(3)]
    apart = keep_apart(looks, [Pair(0, 1, SAME), Pair(0, 2, SAME)])
    assert [seen.entry.path.name for seen in apart.looks] == ["0.png"]
    assert [seen.entry.path.name for seen in apart.dropped] == ["1.png", "2.png"]


def test_splits_that_nobody_chose_follow_the_family(tmp_path: Path) -> None:
    looks = looks_in(tmp_path, "train", "val", "test", given=False)
    apart = keep_apart(looks, [Pair(0, 2, HASH), Pair(1, 2, HASH)])
    assert len(apart.looks) == 3
    assert {seen.entry.split for seen in apart.looks} == {split_of("tests/0.png")}
    assert {seen.entry.group for seen in apart.looks} == {"tests/0.png"}


def test_a_chosen_split_decides_for_those_that_nobody_chose(tmp_path: Path) -> None:
    free = look(tmp_path / "a.png", saved(scene(1)), split="train", split_given=False)
    gold = look(tmp_path / "b.png", saved(scene(2)), split="test")
    assert kept([free, gold], [Pair(0, 1, HASH)]) == [("a.png", "test"), ("b.png", "test")]


def test_nothing_moves_where_nothing_is_alike(tmp_path: Path) -> None:
    looks = looks_in(tmp_path, "train", "val", "test", given=False)
    assert keep_apart(looks, []).looks == looks


def test_the_same_bytes_under_two_labels_stop_everything(tmp_path: Path) -> None:
    data = saved(scene(1))
    ai = look(tmp_path / "ai" / "cat.png", data, Label.AI)
    human = look(tmp_path / "human" / "my-cat.png", data, Label.HUMAN)
    with pytest.raises(ManifestError) as error:
        refuse_conflicts([ai, human])
    assert error.value.code == "conflicting_labels"
    assert str(tmp_path / "ai" / "cat.png") in error.value.message
    assert str(tmp_path / "human" / "my-cat.png") in error.value.message


def test_near_twins_of_opposite_labels_are_counted_and_kept_together(tmp_path: Path) -> None:
    """A reconstruction is AI and looks like the human picture that it was made from."""
    human = look(tmp_path / "h.png", saved(scene(1)), Label.HUMAN, split="val")
    fake = look(tmp_path / "f.png", saved(scene(1), "JPEG"), Label.AI, split="train")
    apart = keep_apart([human, fake], [Pair(0, 1, HASH)])
    assert apart.opposite == 1
    assert [seen.entry.path.name for seen in apart.looks] == ["h.png"]
