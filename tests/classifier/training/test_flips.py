import numpy as np

from classifier.training.flips import flips
from classifier.training.metrics import Interval
from classifier.training.scoring import Said
from classifier.vocabulary import Label, Verdict
from tests.classifier.synthetic import labels

AI, HUMAN, SILENT = Verdict.AI, Verdict.HUMAN, Verdict.UNCERTAIN


def said(*verdicts: Verdict) -> Said:
    return Said(np.full(len(verdicts), 0.5), verdicts, [()] * len(verdicts))


def test_only_a_verdict_that_turns_around_is_a_flip() -> None:
    found = flips(
        {
            "clean": said(AI, HUMAN, AI, SILENT, HUMAN, AI, HUMAN, AI),
            "web": said(HUMAN, AI, SILENT, AI, HUMAN, AI, HUMAN, AI),
            "hard": said(AI, HUMAN, AI, HUMAN, SILENT, AI, HUMAN, AI),
        },
        labels(8),
    )
    assert found["web"].value == 0.25
    assert found["web"].low < 0.25 < found["web"].high
    assert found["hard"] == Interval(0.0, 0.0, 0.3694)  # none of eight
    assert set(found) == {"web", "hard"}


def test_without_the_clean_tier_there_is_nothing_to_turn_from() -> None:
    assert flips({"web": said(AI, HUMAN)}, [Label.AI, Label.HUMAN]) == {}
