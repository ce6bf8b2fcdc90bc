import copy
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from classifier.training.evaluate import summarise
from classifier.training.manifest import Entry
from classifier.training.report import html_report
from classifier.training.scoring import Said, Scores
from classifier.vocabulary import Reason, Verdict
from tests.classifier.synthetic import labels

VOID = {"meta"}


class Page(HTMLParser):
    """Collects what a page is made of and fails where a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    known = labels(120)
    rng = np.random.default_rng(0)
    chances = np.clip(rng.normal(0.5, 0.2, 120) + 0.2 * np.tile([-1, 1], 60), 0, 1)
    verdicts = [
        Verdict.AI if p > 0.7 else Verdict.HUMAN if p < 0.3 else Verdict.UNCERTAIN for p in chances
    ]
    reasons = [
        (Reason.BETWEEN_THRESHOLDS,) if verdict is Verdict.UNCERTAIN else () for verdict in verdicts
    ]
    said = Said(chances, verdicts, reasons)
    entries = [
        Entry(None, label, "test", f"<script>{label}", "", str(place))  # type: ignore[arg-type]
        for place, label in enumerate(known)
    ]
    scores = Scores(
        entries, {"detector": {"clean": said, "web": said}, "colours": {"clean": said}}, ["no & no"]
    )
    return {
        "name": "a <b> bundle",
        "bundle": "f" * 64,
        "measured": "2026-01-01",
        "manifest": "manifest.csv",
        "split": "test",
        "pool": None,
        **summarise(scores).to_dict(),
    }


def test_the_page_needs_no_other_file(content: dict[str, Any]) -> None:
    page = Page(html_report(content))
    assert not {"link", "script", "img", "iframe"} & set(page.tags)
    assert not {"src", "href", "onclick", "onload"} & {name for name, _ in page.attributes}
    assert "url(" not in html_report(content)
    assert "prefers-color-scheme:dark" in html_report(content)
    assert ("name", "viewport") in page.attributes


def test_names_are_words_and_never_tags(content: dict[str, Any]) -> None:
    page = Page(html_report(content))
    assert "script" not in page.tags
    assert "<script>ai" in "".join(page.words)
    assert "a <b> bundle" in "".join(page.words)
    assert "no & no" in "".join(page.words)


def test_it_shows_figures_reasons_and_four_plots_for_each_tier(content: dict[str, Any]) -> None:
    page = Page(html_report(content))
    words = "".join(page.words)
    assert page.tags.count("svg") == 2 * 4
    named = [value for name, value in page.attributes if name == "aria-label"]
    assert len(named) == 8
    assert "Colour histogram only (clean)" in words
    assert "the score lies between the two thresholds" in words
    ece = content["tiers"]["clean"]["ece"]
    assert f"{ece['value']:.3f} ({ece['low']:.3f}–{ece['high']:.3f})" in words


def test_one_class_alone_still_makes_a_page(content: dict[str, Any]) -> None:
    alone = copy.deepcopy(content)
    alone["baselines"], alone["notes"] = {}, []
    for tier in alone["tiers"].values():
        tier.update(auroc=None, false_accusation_rate=None, ece=None, ece_noise=None)
    for points in alone["curves"].values():
        points.update(reliability=(), roc=(), risk_coverage=(), answering=None)
    page = Page(html_report(alone))
    assert page.tags.count("svg") == 2
    assert "One class only" in "".join(page.words)
    assert "Notes" not in page.words


def test_what_was_left_out_of_learning_stands_in_it(content: dict[str, Any]) -> None:
    row = {"group": "paint", "label": "human", "n": 50, "right_at_half": 0.7}
    rows = [row | {"called_ai": 0.02, "called_human": 0.6, "uncertain": 0.38}]
    tier = {"n": 50, "least": 20, "worst": rows[0], "groups": rows}
    left_out = {"what": "Only the head was learned anew.", "tiers": {"clean": tier}}
    page = Page(html_report({**content, "left_out": left_out}))
    words = "".join(page.words)
    assert "Only the head was learned anew." in words
    assert "2.0% of 50 (paint)" in words
    assert "38.0%" in words
