"""What the gate compares, and how much worse is still fine."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from classifier.training.figures import nll, recall, share
from classifier.training.gate.row import PLAIN, SHARE
from classifier.training.metrics import Judged, auroc, balanced_accuracy, false_accusation_rate


def ai_pictures(judged: Judged) -> int:
    return int(judged.is_ai.sum())


def human_pictures(judged: Judged) -> int:
    return int((~judged.is_ai).sum())


def of_the_rarer_class(judged: Judged) -> int:
    return min(ai_pictures(judged), human_pictures(judged))


def all_pictures(judged: Judged) -> int:
    return len(judged.is_ai)


def missed_rate(judged: Judged) -> float:
    """The share of AI pictures that are called human."""
    return share(judged.verdict_human[judged.is_ai])


def right_rate(judged: Judged) -> float:
    """The share of all pictures that get an answer, and the right one."""
    return share(judged.right)


@dataclass(frozen=True)
class Measure:
    """A figure of N judged pictures.

    ``counts`` says how many of them it speaks of. ``fixed`` is the loss that is tolerated where
    pictures are many, ``worst`` the one that is not exceeded however few they are. A figure that
    is no worse than ``fine`` passes whatever it was before.
    """

    name: str
    figure: Callable[[Judged], float]
    counts: Callable[[Judged], int]
    fixed: float
    worst: float
    more_is_better: bool = True
    unit: str = SHARE
    fine: float | None = None

    def loss(self, champion: Judged, challenger: Judged) -> float:
        """How far the challenger falls behind; below zero where it is ahead."""
        ahead = self.figure(challenger) - self.figure(champion)
        return -ahead if self.more_is_better else ahead

    def loss_to_fine(self, before: float) -> float:
        """How far the figure may fall from ``before`` and still be fine in itself."""
        if self.fine is None:
            return 0.0
        return max(0.0, before - self.fine if self.more_is_better else self.fine - before)


AUROC = Measure("AUROC", auroc, of_the_rarer_class, 0.01, 0.03, unit=PLAIN)
ACCURACY = Measure("balanced accuracy", balanced_accuracy, of_the_rarer_class, 0.02, 0.05)
# A champion that is all but certain, and right, has a log loss near none; one that is sure by nine
# tenths and right is no harm beside it.
NLL = Measure(
    "log loss", nll, of_the_rarer_class, 0.04, 0.12, more_is_better=False, unit=PLAIN, fine=0.10
)
ACCUSED = Measure(
    "false accusations", false_accusation_rate, human_pictures, 0.01, 0.02, more_is_better=False
)
MISSED = Measure("AI called human", missed_rate, ai_pictures, 0.02, 0.05, more_is_better=False)
# How many answers there are is the other side of how few are wrong, and each refit weighs the two
# anew by its thresholds. So the margin is wider here. Wrong answers are no loss: a challenger that
# has learned where it errs gives fewer of them.
FOUND = Measure("AI found", recall, ai_pictures, 0.15, 0.25)
RIGHT = Measure("answered rightly", right_rate, all_pictures, 0.15, 0.25)
# One origin has few pictures, and there are many of them.
ACCUSED_OF_ONE_ORIGIN = replace(ACCUSED, fixed=0.05, worst=0.10)
