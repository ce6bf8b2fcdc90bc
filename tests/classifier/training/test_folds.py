from pathlib import Path

import pytest

from classifier.training.folds import family, groups_of, make_folds
from classifier.training.manifest import Entry, ManifestError
from classifier.vocabulary import Label

AI, HUMAN = Label.AI, Label.HUMAN


def entries(sizes: dict[tuple[Label, str], int]) -> list[Entry]:
    return [
        Entry(Path(f"{name}-{number}.png"), label, "train", name, "", f"{name}-{number}")
        for (label, name), n in sizes.items()
        for number in range(n)
    ]


SIZES = {
    (AI, "sd-1.4"): 300,
    (AI, "sd-1.5"): 360,
    (AI, "flux.1-dev"): 320,
    (AI, "dalle-mini"): 120,
    (AI, "comfy-sd3"): 5,
    (AI, "comfy-flux"): 11,
    (HUMAN, "wikiart-class0"): 190,
    (HUMAN, "wikiart-class1"): 200,
    (HUMAN, "wikiart-class2"): 210,
    (HUMAN, "imagenet"): 430,
    (HUMAN, "camera"): 12,
}


def test_small_groups_of_one_family_are_one_group() -> None:
    groups = {group.name: group for group in groups_of(entries(SIZES))}
    assert groups["comfy-*"].n == 16
    assert groups["comfy-*"].members == {"comfy-sd3", "comfy-flux"}
    assert groups["camera"].n == 12  # a family of one keeps its own name
    assert groups["sd-1.4"].members == {"sd-1.4"}
    assert sum(group.n for group in groups.values()) == sum(SIZES.values())


def test_an_origin_and_a_generator_of_one_name_are_two_groups() -> None:
    both = entries({(AI, "x"): 30, (AI, "y"): 30, (HUMAN, "x"): 30, (HUMAN, "z"): 30})
    groups = groups_of(both)
    assert [(group.label, group.name) for group in groups] == [
        (AI, "x"), (AI, "y"), (HUMAN, "x"), (HUMAN, "z")
    ]  # fmt: skip
    assert sum(groups[0].holds(entry) for entry in both) == 30


def test_one_place_alone_cannot_be_left_out() -> None:
    with pytest.raises(ManifestError, match="All human pictures come from one place"):
        groups_of(entries({(AI, "x"): 30, (AI, "y"): 30, (HUMAN, "camera"): 30}))


@pytest.mark.parametrize("count", [2, 3])
def test_folds_hold_each_group_once_and_spread_families(count: int) -> None:
    groups = groups_of(entries(SIZES))
    folds = make_folds(groups, count)
    assert sorted(g.name for fold in folds for g in fold) == sorted(g.name for g in groups)
    for label in Label:
        sizes = [sum(g.n for g in fold if g.label is label) for fold in folds]
        assert max(sizes) - min(sizes) <= max(group.n for group in groups if group.label is label)
    for name in ("wikiart", "sd"):
        kin = [sum(family(g.name) == name for g in fold) for fold in folds]
        assert max(kin) - min(kin) <= 1


def test_the_order_of_the_pictures_changes_nothing() -> None:
    known = entries(SIZES)
    assert make_folds(groups_of(known), 3) == make_folds(groups_of(known[::-1]), 3)


@pytest.mark.parametrize("count", [1, 6])
def test_too_many_folds_are_refused_in_words(count: int) -> None:
    with pytest.raises(ValueError, match="Between 2 and 5 folds"):
        make_folds(groups_of(entries(SIZES)), count)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sd-1.4", "sd"), ("wikiart-class0", "wikiart"), ("bsds500", "bsds"), ("3d", "3d")],
)
def test_a_family_is_what_a_name_begins_with(name: str, expected: str) -> None:
    assert family(name) == expected
