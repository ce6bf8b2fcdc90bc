"""A finding in words."""

import pytest

from labelling.pages.wording import percent, read

ABSTAINS = "Between 31 and 72% the detector gives no answer; people decide."
OF_100 = "Of 100 test pictures with a figure like this,"
THRESHOLDS = {"human": 0.31, "ai": 0.72}


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "under 1%"),
        (0.0099, "under 1%"),
        (0.01, "1%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (0.9901, "over 99%"),
        (1.0, "over 99%"),
    ],
)
def test_no_figure_claims_certainty(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("verdict", "probability_ai", "word", "meaning"),
    [
        ("ai", 0.93, "AI-made", f"{OF_100} about 93 were AI-made."),
        ("human", 0.01, "Human-made", f"{OF_100} about 1 was AI-made."),
        ("human", 0.001, "Human-made", f"{OF_100} fewer than one was AI-made."),
        ("ai", 0.999, "AI-made", f"{OF_100} nearly all were AI-made."),
        ("uncertain", 0.5, "Uncertain", ABSTAINS),
    ],
)
def test_the_quiet_line_says_what_the_figure_means(
    verdict: str, probability_ai: float, word: str, meaning: str
) -> None:
    reading = read(
        verdict=verdict, probability_ai=probability_ai, thresholds=THRESHOLDS, metrics={}
    )
    assert (reading.word, reading.meaning) == (word, meaning)
    assert reading.measured == ""


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        (["too_small"], "The picture is too small: its shorter side needs 96 pixels."),
        (["unfamiliar"], "The picture is unlike anything that the detector has learned from."),
        (["views_disagree"], "The picture's parts do not agree with each other."),
        (
            ["views_disagree", "too_small", "between_thresholds"],
            (
                "The picture is too small: its shorter side needs 96 pixels. "
                "The picture's parts do not agree with each other."
            ),
        ),
    ],
)
def test_an_uncertain_verdict_says_why(reasons: list[str], sentence: str) -> None:
    reading = read(
        verdict="uncertain",
        probability_ai=0.9,
        thresholds=THRESHOLDS,
        metrics={},
        reasons=reasons,
    )
    assert reading.meaning == f"{sentence} So the detector gives no answer; people decide."


@pytest.mark.parametrize("reasons", [[], ["between_thresholds"], ["of a later release"]])
def test_without_a_doubt_the_figure_itself_says_why(reasons: list[str]) -> None:
    reading = read(
        verdict="uncertain", probability_ai=0.5, thresholds=THRESHOLDS, metrics={}, reasons=reasons
    )
    assert reading.meaning == ABSTAINS


def test_the_bar_holds_the_needle_and_the_band_without_an_answer() -> None:
    reading = read(verdict="uncertain", probability_ai=0.6, thresholds=THRESHOLDS, metrics={})
    assert (reading.needle, reading.band_from, reading.band_to) == (60.0, 31.0, 72.0)
    assert (round(reading.band_width, 6), reading.ai_width) == (41.0, 28.0)
    assert reading.spoken == (
        "Probability of AI 60%. The detector gives no answer between 31 and 72%."
    )


@pytest.mark.parametrize(
    ("rate", "words"), [(0.021, "about 2 of 100"), (0.0, "fewer than 1 of 100")]
)
@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("left_out", "pictures of kinds that it had not learned from"),
        ("gold", "settled and held-out pictures that it did not learn from"),
        ("test", "test pictures"),
    ],
)
def test_an_ai_verdict_says_how_often_it_was_wrong_about_people(
    rate: float, words: str, kind: str, source: str
) -> None:
    metrics = {
        "left_out": {"tiers": {"web": {"accused": {"value": rate}, "found": {"value": 0.6}}}},
        "gold": {"false_accusation_rate": {"value": rate}, "recall": {"value": 0.6}},
        "test": {"clean": {"false_accusation_rate": {"value": rate}, "recall": {"value": 0.6}}},
    }
    reading = read(
        verdict="ai", probability_ai=0.9, thresholds=THRESHOLDS, metrics={kind: metrics[kind]}
    )
    assert reading.measured == (
        f"When this version was measured on {source}, {words} human-made ones came out as AI-made."
    )
