"""In which tiers a picture is embedded for a bundle."""

from collections import Counter
from pathlib import Path

from classifier.training.embedding import tasks_for
from classifier.training.manifest import Entry
from classifier.vocabulary import Label


def entries(split: str, label: Label, count: int) -> list[Entry]:
    return [
        Entry(Path(f"{label}-{split}-{number}.png"), label, split, "g", "s", f"{split}{number}")
        for number in range(count)
    ]


def test_what_is_held_out_is_seen_in_the_tiers_that_are_measured() -> None:
    held_out = [*entries("val", Label.AI, 3), *entries("test", Label.HUMAN, 3)]
    assert Counter(task.tier for task in tasks_for(held_out)) == {"clean": 6, "web": 6, "hard": 6}


def test_what_is_learned_from_is_seen_as_webp_and_on_screens_too_in_both_classes() -> None:
    learning = [*entries("train", Label.AI, 16), *entries("train", Label.HUMAN, 32)]
    seen = Counter((task.tier, task.entry.label) for task in tasks_for(learning))
    for label, count in ((Label.AI, 16), (Label.HUMAN, 32)):
        assert {tier: seen[tier, label] for tier in ("clean", "web", "hard")} == {
            "clean": count,
            "web": count,
            "hard": count,
        }
        assert seen["webp", label] == seen["screenshot", label] == count / 2
        assert seen["small", label] == count / 8


def test_a_picture_is_seen_as_webp_or_on_a_screen() -> None:
    extra = [
        task.entry.path
        for task in tasks_for(entries("train", Label.AI, 9))
        if task.tier in ("webp", "screenshot")
    ]
    assert len(extra) == len(set(extra)) == 9
