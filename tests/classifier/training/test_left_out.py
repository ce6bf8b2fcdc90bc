import pytest

from classifier.training.left_out import left_out_figures
from classifier.training.left_out_words import left_out_text
from classifier.training.metrics import GroupRow, macro_balanced_accuracy
from classifier.vocabulary import Label

AI, HUMAN = Label.AI, Label.HUMAN


def row(group: str, label: Label, n: int, *, right: float, ai: float, human: float) -> GroupRow:
    return GroupRow(group, label, n, right, ai, human, round(1 - ai - human, 4))


ROWS = [
    row("camera", HUMAN, 100, right=0.9, ai=0.01, human=0.8),
    row("paint", HUMAN, 50, right=0.7, ai=0.05, human=0.6),
    row("tiny", HUMAN, 5, right=0.0, ai=1.0, human=0.0),
    row("flux", AI, 400, right=0.8, ai=0.6, human=0.1),
    row("sd", AI, 30, right=0.6, ai=0.5, human=0.2),
]


def test_each_large_group_has_one_vote() -> None:
    found = left_out_figures(ROWS)
    values = {
        name: figure["value"]
        for name, figure in found.to_dict().items()
        if isinstance(figure, dict) and "value" in figure
    }
    assert values == {
        "macro_balanced_accuracy": 0.75,  # (0.8 + 0.7) / 2
        "specificity": 0.8,
        "recall": 0.7,
        "accused": 0.03,
        "found": 0.55,
        "origins_answered": 0.73,  # (0.81 + 0.65) / 2
        "origins_right": 0.9589,  # 0.7 / 0.73
        "answered": 0.715,  # (0.73 + 0.7) / 2
        "answered_right": 0.8741,  # (0.7 + 0.55) / (0.73 + 0.7)
    }
    assert found.worst is not None
    assert found.worst.group == "paint"
    assert found.n == 585
    assert len(found.groups) == 5


def test_the_smaller_the_groups_the_wider_the_intervals() -> None:
    def width(n: int) -> float:
        rows = [
            row(f"{label}-{place}", label, n, right=0.8, ai=0.4, human=0.4)
            for label in Label
            for place in range(6)
        ]
        found = left_out_figures(rows).macro_balanced_accuracy
        assert found is not None
        assert found.low < 0.8 < found.high
        return found.high - found.low

    assert width(20) > 2 * width(400)


def test_groups_that_differ_make_the_intervals_wide_too() -> None:
    even = [row(f"g{i}", label, 5000, right=0.8, ai=0, human=0) for label in Label for i in (1, 2)]
    uneven = [
        row(f"g{right}", label, 5000, right=right, ai=0, human=0)
        for label in Label
        for right in (0.6, 1.0)
    ]
    narrow, wide = macro_balanced_accuracy(even), macro_balanced_accuracy(uneven)
    assert narrow is not None
    assert wide is not None
    assert narrow.value == wide.value == 0.8
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_a_class_without_a_large_group_leaves_no_figure() -> None:
    found = left_out_figures([ROWS[0], ROWS[2]])
    assert found.macro_balanced_accuracy is None
    assert found.recall is None
    assert found.answered is None
    assert found.origins_right is not None
    assert found.origins_right.value == pytest.approx(0.8 / 0.81, abs=1e-4)


def test_nobody_answered() -> None:
    silent = [row(name, HUMAN, 40, right=1.0, ai=0, human=0) for name in "ab"]
    found = left_out_figures(silent)
    assert found.origins_right is None
    assert found.origins_answered is not None
    assert found.origins_answered.value == 0


def test_the_text_says_what_was_done_and_shows_every_row() -> None:
    clean, hard = left_out_figures(ROWS).to_dict(), left_out_figures(ROWS[:4]).to_dict()
    text = left_out_text({"what": "Only the head.", "tiers": {"clean": clean, "hard": hard}})
    assert "Only the head." in text
    assert "| Worst origin: called AI | 5.0% of 50 (paint) | 5.0% of 50 (paint) |" in text
    assert (
        "| tiny | human | 5 | 0.0% | 100.0% | 0.0% | 0.0% | 0.0% | 100.0% | 0.0% | 0.0% |" in text
    )
    assert "| sd | ai | 30 | 60.0% | 50.0% | 20.0% | 30.0% | – | – | – | – |" in text
    assert "at least 20 pictures has one vote" in text
