"""Two versions beside each other: whether a probability holds, and where the scores lie."""

from collections.abc import Mapping, Sequence

import numpy as np

from classifier.training.figures import BINS, Judged
from classifier.training.reliability import reliability
from classifier.vocabulary import Label, Verdict
from worker.charting.chart import Chart, Dash, Draw, Row, Series, Tone, Unit
from worker.charting.traffic import BINS as SCORES

LEAST = 20  # settled pictures of each class
Said = Sequence[tuple[float, Verdict]]


def reliability_chart(
    names: tuple[str, str], said: tuple[Said, Said], labels: Sequence[Label]
) -> Chart:
    """The share that is AI among pictures of like probability, for both, on the same pictures."""
    enough = min(labels.count(label) for label in Label) >= LEAST
    shares = [_shares(part, labels) for part in said] if enough else [{}, {}]
    places = sorted(shares[0] | shares[1])
    return Chart(
        slug="reliability",
        title=_reliability_words(names, shares, len(labels)) if enough else "Too few are settled.",
        what="Of the settled pictures that both judged and neither had learned from: which share "
        "of those with a like probability is AI, both classes weighing alike. On the dotted line a "
        "probability means what it says. People were asked about the doubtful ones first, so this "
        "is no picture of all that comes in.",
        unit=Unit.CHANCE,
        series=[
            Series(names[0], Tone.MUTED, Dash.LONG),
            Series(names[1], Tone.INK),
            Series("Means what it says", Tone.EDGE, Dash.DOTS),
        ],
        rows=[Row(_middle(p), [shares[0].get(p), shares[1].get(p), _middle(p)]) for p in places],
        empty=f"It takes {LEAST} settled pictures of each class that both have judged.",
        first="Probability around",
        exported=False,
    )


def _shares(said: Said, labels: Sequence[Label]) -> dict[int, float]:
    """By the number of the bin, which share of its pictures is AI."""
    chances = np.array([probability for probability, _ in said])
    bins = reliability(Judged.of(chances, labels, [verdict for _, verdict in said]))
    return {min(int(one.probability * BINS), BINS - 1): one.share_ai for one in bins}


def _middle(place: int) -> float:
    return (place + 0.5) / BINS


def _reliability_words(
    names: tuple[str, str], shares: Sequence[Mapping[int, float]], count: int
) -> str:
    """Which of the two means more nearly what it says, over the bins that both have."""
    both = shares[0].keys() & shares[1].keys()
    off = [sum(abs(one[p] - _middle(p)) for p in both) / max(len(both), 1) for one in shares]
    if round(100 * off[0]) == round(100 * off[1]):
        return (
            f"Both mean equally nearly what they say: {100 * off[0]:.0f}% off, on {count:,} "
            "settled pictures."
        )
    nearer = names[0] if off[0] < off[1] else names[1]
    return (
        f"{nearer} means more nearly what it says: {100 * off[0]:.0f}% off against "
        f"{100 * off[1]:.0f}%, on {count:,} settled pictures."
    )


def histogram_chart(
    names: tuple[str, str], counts: tuple[Mapping[float, int], Mapping[float, int]]
) -> Chart:
    """Where the scores of both lie."""
    totals = [sum(part.values()) for part in counts]
    shares = [
        [part.get(bin_, 0) / total if total else None for bin_ in SCORES]
        for part, total in zip(counts, totals, strict=True)
    ]
    return Chart(
        slug="histograms",
        title=f"{names[0]} has judged {totals[0]:,} pictures, {names[1]} {totals[1]:,}.",
        what="Share of all pictures that each has judged here whose probability of AI lies in each "
        "twentieth. Where they judged different pictures, this may be why they differ.",
        unit=Unit.SHARE,
        series=[
            Series(names[0], Tone.MUTED, Dash.LONG, Draw.STEP),
            Series(names[1], Tone.INK, Dash.SOLID, Draw.STEP),
        ],
        rows=[Row(b, [one, other]) for b, one, other in zip(SCORES, *shares, strict=True)],
        empty="Neither has judged anything here.",
        first="Probability of AI from",
        exported=False,
    )
