"""The colours keep their distance: WCAG AA, in the light and in the dark."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[3] / "labelling/static/labelling/tokens.css"
TEXT = [
    (text, ground)
    for text in ("ink", "muted", "wrong", "ai", "human", "unsure")
    for ground in ("ground", "surface")
] + [
    ("ai", "ai-tint"),
    ("human", "human-tint"),
    ("unsure", "unsure-tint"),
    ("ink", "canvas"),
    ("ink", "unsure-tint"),
    ("surface", "ink"),
]
MARKS = [
    (mark, ground) for mark in ("edge", "ink", "human-fill") for ground in ("ground", "surface")
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = TOKENS.read_text().split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG 2 defines it."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    palette = colours(scheme)
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_edges_and_marks_can_be_seen(scheme: str, mark: str, ground: str) -> None:
    palette = colours(scheme)
    assert contrast(palette[mark], palette[ground]) >= 3
