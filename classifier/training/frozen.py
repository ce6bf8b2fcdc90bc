"""A head for a network that was not trained here: strangers stay strangers to all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.detector.decision import Calibration, Head, Judge
from classifier.detector.polarity import FloatArray, ai_targets
from classifier.detector.replay import Replay
from classifier.training.calibrate import fit_platt, judge_from
from classifier.training.figures import Judged
from classifier.training.left_out import LEAST_GROUP, content
from classifier.training.metrics import GroupRow, group_rows
from classifier.training.out_of_fold import family_names
from classifier.training.projection import Projection, principal
from classifier.training.ridge import Ridge, fit_ridge, left_out_scores
from classifier.training.tiers import TIERS
from classifier.vocabulary import Label

WHAT = (
    "Each human origin and each generator was left out in turn of all that was learned: of the "
    "head, of its calibration and of its thresholds. The network below was trained by others, on "
    "pictures from before there were such generators, and has learned nothing here."
)


@dataclass(frozen=True)
class Wide:
    """A head on all numbers that a network gives, and what strangers to each row said (N,)."""

    ridge: Ridge
    left_out: FloatArray
    groups: Sequence[str]

    def head(self) -> Head:
        """Return the head on all numbers."""
        return Head(self.ridge.whole.weight.astype(np.float32), self.ridge.whole.bias)

    def held_out_scores(self, replay: Replay) -> npt.NDArray[np.float32]:
        """Return what heads said (N,) that had not learned from the row, nor from its like.

        NaN for the rows of ``test``, which judge nothing, for tiers in which nothing is measured,
        and for rows to learn from of a class that is one group and so cannot be left out.
        """
        known = [
            tier in TIERS and (split == "val" or (split == "train" and group in self.ridge.without))
            for split, tier, group in zip(replay.splits, replay.tiers, self.groups, strict=True)
        ]
        return np.where(known, self.left_out, np.nan).astype(np.float32)


def learn_wide(replay: Replay) -> Wide:
    """Fit a head to the ``train`` rows, and one without each group; score all rows."""
    learning = replay.part("train")
    known = family_names(learning, learning).tolist()
    ridge = fit_ridge(learning.embeddings.astype(np.float32), ai_targets(learning.labels), known)
    groups = family_names(learning, replay).tolist()
    return Wide(ridge, left_out_scores(ridge, replay.embeddings, groups), groups)


def projection_for(wide: Wide, learning: Replay, width: int) -> tuple[Projection, Head]:
    """Keep what the wide head says as the first number, and principal directions beside it.

    Returns the projection and the head on its ``width`` numbers that says what the wide one does.
    """
    directions = principal(learning, width - 1)
    whole = wide.ridge.whole
    said = learning.embeddings.astype(np.float64) @ whole.weight + whole.bias
    scale = 1 / said.std()
    projection = Projection(
        np.concatenate([[scale * whole.weight], directions.weight]).astype(np.float32),
        np.concatenate([[scale * whole.bias], directions.bias]).astype(np.float32),
    )
    first = np.zeros(width, dtype=np.float32)
    first[0] = 1 / scale
    return projection, Head(first, 0.0)


def left_out_table(wide: Wide, replay: Replay, tiers: Sequence[str]) -> dict[str, Any]:
    """Measure each group by a judge that learned, calibrated and chose without it.

    The doubts have no say here. Groups of fewer than 20 pictures are one family.
    """
    rows: dict[str, list[GroupRow]] = {tier: [] for tier in tiers}
    for name in sorted(wide.ridge.without):
        judge = _judge_without(wide, replay, name)
        for tier in tiers:
            chosen = [
                row
                for row, group in enumerate(wide.groups)
                if group == name and replay.tiers[row] == tier
            ]
            rows[tier] += _measured(judge, wide.left_out[chosen], replay.rows(chosen), name)
    return content(WHAT, rows, LEAST_GROUP)


def _judge_without(wide: Wide, replay: Replay, name: str) -> Judge:
    kept = [
        row
        for row, group in enumerate(wide.groups)
        if group != name and replay.splits[row] != "test" and replay.tiers[row] in TIERS
    ]
    held = replay.rows(kept)
    groups = [wide.groups[row] for row in kept]
    as_it_is = Head(np.ones(1, dtype=np.float32), 0.0)
    scores = wide.left_out[kept]
    try:
        platt = fit_platt(scores, held.labels, groups)
    except ValueError:  # strangers cannot be told apart; the thresholds then answer hardly any
        platt = Calibration(slope=1.0, intercept=0.0)
    return judge_from(as_it_is, scores, held.labels, held.tiers, groups, platt=platt)


def _measured(judge: Judge, scores: FloatArray, part: Replay, name: str) -> tuple[GroupRow, ...]:
    said = judge.judge(scores[:, None])
    judged = Judged.of(said.probabilities, part.labels, said.verdicts)
    label, _, generator = name.partition(" ")
    rows = group_rows(judged, [generator] * len(part))
    return tuple(row for row in rows if row.label is Label(label))
