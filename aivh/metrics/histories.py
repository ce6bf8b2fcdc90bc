"""What the database counted, as counters and histograms: it is right whoever asks, and survives."""

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from classifier.vocabulary import Label, Verdict
from worker.tally_queries import Totals, totals
from worker.tally_sources import BINS, BY_WHAT, MILLIONTHS, SOURCES

NEWEST = 5  # versions with figures of their own; those before are summed
OLDER = "older"

# What only grows is counted up to this moment. Labels go when people change their minds, and a
# counter may not: those are read as they were counted last.
LIVE = [source.what for source in SOURCES if not source.shrinks]
SCORE_EDGES = [f"{(place + 1) / BINS:.2f}" for place in range(BINS)]

ByVersion = dict[str, Counter[str]]


def histories(live: int | None) -> Iterator[Metric]:
    """``live`` is the number of the version that answers, which is always named."""
    found = totals(live=LIVE)
    numbers = {version for *_, version in found if version}
    names = names_of(numbers | {live} if live else numbers, live)
    yield from verdicts(split(found, "verdict", names))
    yield from scores(found, names)
    yield from of_versions(found, names)
    yield plain(found, "image", "aivh_images_received", "Pictures that came in.")
    yield plain(found, "submission", "aivh_submissions", "Times one was handed in.", "channel")
    yield plain(found, "review", "aivh_reviews", "Decisions by answer.", "answer")
    yield plain(found, "label", "aivh_labels_settled", "Labels that people settled.", "label")


def names_of(numbers: Collection[int], live: int | None = None) -> dict[int, str]:
    """How each version is called in a label: the newest and the live one, the others together."""
    others = sorted(set(numbers) - {live})
    newest = {live, *others[1 - NEWEST :]} if live else set(others[-NEWEST:])
    return {number: str(number) if number in newest else OLDER for number in numbers}


def split(found: Totals, what: str, names: dict[int, str]) -> ByVersion:
    """The counts of ``what`` by version and key; versions that share a name are summed."""
    counts: ByVersion = {name: Counter() for name in names.values()}
    for (of, key, version), count in found.items():
        if of == what:
            counts[names[version]][key] += count
    return counts


def verdicts(said: ByVersion) -> Iterator[Metric]:
    seeds = CounterMetricFamily("predictions", "Findings by verdict.", labels=["verdict"])
    family = CounterMetricFamily(
        "aivh_predictions", "Findings by verdict and version.", labels=["verdict", "version"]
    )
    for verdict in Verdict:
        seeds.add_metric([verdict], sum(keys[verdict] for keys in said.values()))
        for version, keys in said.items():
            family.add_metric([verdict, version], keys[verdict])
    yield from (seeds, family)


def scores(found: Totals, names: dict[int, str]) -> Iterator[Metric]:
    """Histograms of the probability of AI, and of how sure that is either way."""
    seeds = HistogramMetricFamily("prediction_confidence", "Probability of AI.")
    score, confidence = (
        HistogramMetricFamily(f"aivh_prediction_{name}", words, labels=["version"])
        for name, words in (
            ("score", "Probability of AI."),
            ("confidence", "Probability of the likelier class."),
        )
    )
    bins, sums, sures = (
        split(found, what, names) for what in ("score", "score_sum", "confidence_sum")
    )
    for version, counts in bins.items():
        score.add_metric([version], cumulated(in_order(counts)), shares(sums[version]))
        confidence.add_metric([version], cumulated(folded(counts)), shares(sures[version]))
    everything = sum(bins.values(), Counter[str]())
    seeds.add_metric([], cumulated(in_order(everything)), sum(map(shares, sums.values())))
    yield from (seeds, score, confidence)


def in_order(counts: Counter[str]) -> list[int]:
    """The 20 bins of the probability of AI."""
    return [counts[key] for key in BY_WHAT["score"].keys]


def folded(counts: Counter[str]) -> list[int]:
    """The 10 bins of the probability of the likelier class: p and 1 - p are as sure."""
    bins = in_order(counts)
    low, high = bins[: BINS // 2], bins[BINS // 2 :]
    return [sum(pair) for pair in zip(reversed(low), high, strict=True)]


def shares(sums: Counter[str]) -> float:
    return sums[""] / MILLIONTHS


def cumulated(counts: list[int]) -> list[tuple[str, float]]:
    """Prometheus' buckets: how many are at most each edge, and at last all.

    The last of ``SCORE_EDGES`` is 1; ten bins begin at one half.
    """
    edges = SCORE_EDGES[-len(counts) :]
    return [*zip(edges, accumulate(counts), strict=True), ("+Inf", sum(counts))]


def of_versions(found: Totals, names: dict[int, str]) -> Iterator[Metric]:
    """What people said of what the versions had said."""
    audit = CounterMetricFamily(
        "aivh_audit", "Settled audit pictures: the likelier class.", labels=["version", "result"]
    )
    said = CounterMetricFamily(
        "aivh_audit_verdicts",
        "Settled audit pictures: label human and verdict ai is a false accusation.",
        labels=["version", "label", "verdict"],
    )
    overrides = CounterMetricFamily(
        "aivh_overrides", "Settled pictures with an answer.", labels=["version", "result"]
    )
    for family, what in ((audit, "audit"), (overrides, "override")):
        for version, counts in split(found, what, names).items():
            for key in BY_WHAT[what].keys:
                family.add_metric([version, key], counts[key])
    for version, counts in split(found, "audit_verdict", names).items():
        for label in Label:
            for verdict in Verdict:
                said.add_metric([version, label, verdict], counts[f"{label}_{verdict}"])
    yield from (audit, said, overrides)


def plain(found: Totals, what: str, name: str, words: str, label: str = "") -> Metric:
    """A counter with at most one label, which no version has to do with."""
    family = CounterMetricFamily(name, words, labels=[label] if label else [])
    for key in BY_WHAT[what].keys:
        family.add_metric([key] if label else [], found.get((what, key, 0), 0))
    return family
