"""What "called AI" is worth among few and among many AI pictures."""

import json

import pytest

from classifier.detector.bundle import shipped_bundle_path
from labelling.pages.base_rate import Rate, Rates, Row, measured_rates, precision, table

RATES = Rates(Rate(0.02, 0.01, 0.04), Rate(0.6, 0.5, 0.7), "test pictures", 500)


@pytest.mark.parametrize(
    ("base_rate", "expected"),
    # reckoned by hand
    [(0.0, 0.0), (0.01, 6 / 25.8), (0.1, 6 / 7.8), (0.5, 60 / 62), (1.0, 1.0)],
)
def test_bayes_rule(base_rate: float, expected: float) -> None:
    assert precision(base_rate, RATES) == pytest.approx(expected)


def test_the_worst_case_reads_both_rates_at_their_worse_end() -> None:
    assert precision(0.1, RATES, at_worst=True) == pytest.approx(0.05 / (0.05 + 0.036))


def test_a_detector_that_finds_nothing_is_worth_nothing() -> None:
    nothing = Rates(Rate(0, 0, 0), Rate(0, 0, 0), "", 0)
    assert precision(0.5, nothing) == 0.0


def test_the_table_is_never_too_good() -> None:
    assert table(RATES) == [Row(1, 23, 11), Row(10, 76, 58), Row(50, 96, 92)]
    spotless = Rates(Rate(0.0, 0.0, 0.01), Rate(1.0, 0.9, 1.0), "", 0)
    assert [(row.right, row.at_worst) for row in table(spotless)] == [(99, 47), (99, 90), (99, 98)]


FALSE, FOUND = {"value": 0.02, "low": 0.01, "high": 0.04}, {"value": 0.6, "low": 0.5, "high": 0.7}
USUAL = {"false_accusation_rate": FALSE, "recall": FOUND, "n": 500}
LEFT_OUT = {"tiers": {"web": {"accused": FALSE, "found": FOUND, "n": 500}}}


@pytest.mark.parametrize(
    ("metrics", "source"),
    [
        ({"test": {"clean": USUAL}}, "test pictures"),
        (
            {"test": {"clean": USUAL}, "left_out": LEFT_OUT},
            "pictures of kinds that it had not learned from",
        ),
        (
            {"test": {"clean": USUAL}, "gold": USUAL},
            "settled and held-out pictures that it did not learn from",
        ),
        (
            {"test": {"clean": USUAL}, "gold": USUAL, "left_out": LEFT_OUT},
            "pictures of kinds that it had not learned from",
        ),
    ],
)
def test_the_figures_that_say_most_of_new_pictures_come_first(
    metrics: dict[str, object], source: str
) -> None:
    assert measured_rates(metrics) == Rates(
        Rate(0.02, 0.01, 0.04), Rate(0.6, 0.5, 0.7), source, 500
    )


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"gold": None},
        {"gold": {"recall": FOUND}},
        {"gold": {"recall": FOUND, "false_accusation_rate": {"value": None}}},
        {"left_out": {"tiers": {"clean": LEFT_OUT["tiers"]["web"]}}},
    ],
)
def test_what_was_not_measured_has_no_figures(metrics: dict[str, object]) -> None:
    assert measured_rates(metrics) is None


def test_the_detector_that_came_with_the_site_has_figures_on_strangers() -> None:
    bundle = json.loads((shipped_bundle_path() / "bundle.json").read_text())
    rates = measured_rates(bundle["metrics"])
    assert rates is not None
    assert rates.source == "pictures of kinds that it had not learned from"
    assert 0 < rates.false_accusation.value < 0.05
