"""How often the gate errs: ``python -m tests.benchmarks.gate [DRAWS]`` (100).

Two versions are drawn from one model of scores again and again, with gold sets of several sizes:
equal ones, of which none should be refused, and worse ones, of which none should pass. Of both it
is told how often that happens, for all checks on the gold set together.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.detector.polarity import FloatArray, sigmoid
from classifier.training import metrics
from classifier.training.figures import Flags
from classifier.training.gate import Compared, decide
from classifier.training.metrics import Judged

SIZES = (20, 40, 100, 300, 1000)  # of each class
ORIGINS = 10
# On the scale of log-odds. The two versions agree as far as the shipped bundle and its refits do.
APART, SHARED, OWN = 3.5, 1.7, 0.35
AI_FROM, HUMAN_TO = 0.94, 0.27
# Fewer than the gate itself draws, for time: its standard errors get 7 % noise from it.
metrics.RESAMPLES = 100


@dataclass(frozen=True)
class Harm:
    """What is done to the challenger's log-odds."""

    name: str
    noise: float = 0.0  # it tells less
    accused: float = 0.0  # of the human pictures, so many score as surely AI
    shrunk: float = 1.0  # it dares less


HARMS = (
    Harm("equal"),
    Harm("accuses 2 % more", accused=0.02),
    Harm("accuses 5 % more", accused=0.05),
    Harm("accuses 10 % more", accused=0.10),
    Harm("is right 4 points less often", noise=1.4),
    Harm("is right 8 points less often", noise=2.2),
    Harm("answers 29 points less", shrunk=0.55),
)


def pair(rng: np.random.Generator, count: int, harm: Harm) -> Compared:
    """Draw ``count`` pictures of each class and let both versions judge them."""
    is_ai = np.arange(2 * count) >= count
    true = np.where(is_ai, APART, -APART) + SHARED * rng.normal(size=2 * count)
    champion = true + OWN * rng.normal(size=2 * count)
    own = OWN * rng.normal(size=2 * count) + harm.noise * rng.normal(size=2 * count)
    challenger = harm.shrunk * (true + own)
    challenger[~is_ai & (rng.random(2 * count) < harm.accused)] = 6.0
    groups = [f"origin {number}" for number in rng.integers(ORIGINS, size=2 * count)]
    return Compared("gold", judged(is_ai, champion), judged(is_ai, challenger), groups=groups)


def judged(is_ai: Flags, logits: FloatArray) -> Judged:
    chances = sigmoid(logits)
    return Judged(is_ai, chances, chances >= AI_FROM, chances <= HUMAN_TO)


def passed(harm: Harm, count: int, draws: int) -> float:
    """The share of draws in which the gate lets the challenger pass."""
    rng = np.random.default_rng([count, *harm.name.encode()])
    return float(np.mean([decide([pair(rng, count, harm)]).passed for _ in range(draws)]))


def line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main(draws: int) -> None:
    print(line(["pictures of each class", *(str(size) for size in SIZES)]))
    print(line(["---", *("---:" for _ in SIZES)]))
    for harm in HARMS:
        shares = [passed(harm, size, draws) for size in SIZES]
        told = [1 - one for one in shares] if harm.name == "equal" else shares
        title = "equal: refused" if harm.name == "equal" else f"{harm.name}: passed"
        print(line([title, *(f"{100 * one:.0f} %" for one in told)]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
