"""The pictures to measure with, gathered from a bundle and from what people settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.detector.decision import Judge, Opinions
from classifier.detector.polarity import FloatArray
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.training.facts import Facts, fact_columns
from classifier.training.gate import (
    CALIBRATION,
    GOLD,
    LEAST_OF_A_CLASS,
    Compared,
)
from classifier.training.metrics import Judged, Metrics, measure
from classifier.training.relearn import SETTLED, Embeddings, Examples, stacked
from classifier.training.tiers import CLEAN, TIERS
from classifier.vocabulary import Label


@dataclass(frozen=True)
class HeldOut:
    """N pictures of one set in one tier as the network sees them: embeddings (N, D).

    ``facts`` has what is known of each picture's file, None where nothing is.
    """

    name: str
    tier: str
    embeddings: Embeddings
    labels: Sequence[Label]
    groups: Sequence[str]
    disagreements: FloatArray
    facts: Sequence[Facts | None]

    def __len__(self) -> int:
        return len(self.labels)

    def compared(self, champion: Judge, challenger: Judge, crops: Preprocessing) -> Compared:
        """Return what both say of all of it."""
        before, now = (self._judged(judge, crops) for judge in (champion, challenger))
        known = any(self.facts)
        return Compared(
            self.name,
            before,
            now,
            self.tier,
            self.groups,
            self._units() if known else None,
            fact_columns(self.facts) if known else {},
        )

    def metrics(self, judge: Judge, crops: Preprocessing) -> Metrics:
        """Measure one of them."""
        said = self._said(judge, crops)
        return measure(said.probabilities, self.labels, said.verdicts, self.groups)

    def _judged(self, judge: Judge, crops: Preprocessing) -> Judged:
        said = self._said(judge, crops)
        return Judged.of(said.probabilities, self.labels, said.verdicts)

    def _said(self, judge: Judge, crops: Preprocessing) -> Opinions:
        small = [one is not None and crops.is_too_small(one.short_side) for one in self.facts]
        return judge.judge(
            self.embeddings,
            disagreements=self.disagreements,
            too_small=np.array(small, dtype=np.bool_),
        )

    def _units(self) -> list[str]:
        """Near twins are one unit, any other picture is its own."""
        return [
            one.group if one is not None and one.group else f"picture {row}"
            for row, one in enumerate(self.facts)
        ]


def gather(replay: Replay, settled: Mapping[str, Examples]) -> list[HeldOut]:
    """Return the gold set, then its degraded tiers, then every other set of ``settled``.

    Gold is the held-out part of the replay set together with what people settled as gold.
    """
    parts = [_of_replay(GOLD, CLEAN, replay.part("test", tier=CLEAN))]
    if GOLD in settled:
        parts.append(_of_examples(GOLD, settled[GOLD]))
    others = [_of_examples(name, some) for name, some in settled.items() if name != GOLD]
    return [_joined(parts), *_degraded(replay), *(one for one in others if len(one))]


def _degraded(replay: Replay) -> list[HeldOut]:
    """The other tiers of the held-out part; of the ``val`` part where a bundle keeps none.

    No head has learned from ``val``, but thresholds were set on it, the champion's as much as the
    challenger's. It comes in all tiers, as it came in (clean), too, to compare them.
    """
    tiers = [tier for tier in TIERS if tier != CLEAN]
    tested = [_of_replay(GOLD, tier, replay.part("test", tier=tier)) for tier in tiers]
    if all(len(one) >= 2 * LEAST_OF_A_CLASS for one in tested):
        return tested
    stand_ins = [_of_replay(CALIBRATION, tier, replay.part("val", tier=tier)) for tier in TIERS]
    return [one for one in stand_ins if len(one)]


def _of_replay(name: str, tier: str, rows: Replay) -> HeldOut:
    return HeldOut(
        name,
        tier,
        rows.embeddings,
        rows.labels,
        rows.generators,
        np.asarray(rows.disagreements, np.float64),
        [None] * len(rows),
    )


def _of_examples(name: str, some: Examples) -> HeldOut:
    return HeldOut(
        name,
        CLEAN,
        some.embeddings,
        some.labels,
        [SETTLED] * len(some.labels),
        some.disagreements,
        some.facts,
    )


def _joined(parts: Sequence[HeldOut]) -> HeldOut:
    return HeldOut(
        parts[0].name,
        parts[0].tier,
        stacked(*(part.embeddings for part in parts)) if len(parts) > 1 else parts[0].embeddings,
        [label for part in parts for label in part.labels],
        [group for part in parts for group in part.groups],
        np.concatenate([part.disagreements for part in parts]),
        [one for part in parts for one in part.facts],
    )
