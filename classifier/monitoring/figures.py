"""The figures of drift: of which layer each is, from which column, tested how."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from operator import attrgetter

import numpy as np

from classifier.monitoring.embeddings import classifier_moved, mmd_moved
from classifier.monitoring.moved import Moved, TooFew
from classifier.monitoring.pictures import Column, Pictures, Rows, Words
from classifier.monitoring.sources import sources_moved
from classifier.monitoring.univariate import numbers_moved, shares_moved, words_moved

LEAST_SEEN = 50  # pictures on either side that have the figure
LEAST_LABELLED = 20  # fewer labels are to be had, and Fisher's test holds for any number


class Layer(StrEnum):
    INPUT = "input"
    EMBEDDING = "embedding"
    PREDICTION = "prediction"
    LABEL = "label"


Read = Callable[[Pictures], Column | None]
Test = Callable[[Column, Column, np.random.Generator], Moved]


@dataclass(frozen=True)
class Figure:
    """``read`` gives a column (N, ...) of which NaN and empty words are not known."""

    name: str
    layer: Layer
    read: Read
    test: Test
    least: int = LEAST_SEEN

    def compare(self, now: Pictures, before: Pictures, seed: int) -> Moved | TooFew:
        """Test the window against what it is compared with; rows are numbers in the window."""
        columns = self.read(now), self.read(before)
        known = [np.zeros(0, np.intp) if each is None else _known(each) for each in columns]
        counts = len(known[0]), len(known[1])
        if columns[0] is None or columns[1] is None or min(counts) < self.least:
            return TooFew(*counts, self.least)
        rng = np.random.default_rng(seed)
        moved = self.test(columns[0][known[0]], columns[1][known[1]], rng)
        return replace(moved, rows=known[0][moved.rows])


def _known(column: Column) -> Rows:
    """Which rows have a value: a word that is not empty, numbers that are numbers."""
    if column.dtype.kind == "U":
        return np.flatnonzero(column != "")
    numbers = column.reshape(len(column), -1)
    return np.flatnonzero(np.isfinite(numbers).all(axis=1))


def _numbers(now: Column, before: Column, rng: np.random.Generator) -> Moved:
    return numbers_moved(now, before)


def _shares(now: Column, before: Column, rng: np.random.Generator, *, what: str) -> Moved:
    return shares_moved(now, before, what)


def _overridden_by(pictures: Pictures) -> Words | None:
    """Who settled it and whether against the verdict, in one word; empty where either is missing.

    A column holds one thing for each picture, and this figure needs both.
    """
    overridden, sources = pictures.overridden, pictures.label_sources
    if overridden is None or sources is None:
        return None
    marked = np.char.add(np.where(overridden == 1, "1", "0"), sources)
    return np.where(np.isnan(overridden) | (sources == ""), "", marked)


FIGURES: tuple[Figure, ...] = (
    Figure("container", Layer.INPUT, attrgetter("containers"), words_moved),
    Figure("width", Layer.INPUT, attrgetter("widths"), _numbers),
    Figure("height", Layer.INPUT, attrgetter("heights"), _numbers),
    Figure("aspect", Layer.INPUT, attrgetter("aspects"), _numbers),
    Figure("jpeg_quality", Layer.INPUT, attrgetter("qualities"), _numbers),
    Figure("channel", Layer.INPUT, attrgetter("channels"), words_moved),
    Figure("embedding_classifier", Layer.EMBEDDING, attrgetter("embeddings"), classifier_moved),
    Figure("embedding_mmd", Layer.EMBEDDING, attrgetter("embeddings"), mmd_moved),
    Figure("score", Layer.PREDICTION, attrgetter("probabilities"), _numbers),
    Figure("verdicts", Layer.PREDICTION, attrgetter("verdicts"), words_moved),
    Figure(
        "abstention",
        Layer.PREDICTION,
        attrgetter("abstained"),
        partial(_shares, what="share of uncertain verdicts"),
    ),
    Figure(
        "live_accuracy",
        Layer.LABEL,
        attrgetter("right_in_audit"),
        partial(_shares, what="share right in the audit sample"),
        LEAST_LABELLED,
    ),
    Figure(
        "overrides",
        Layer.LABEL,
        attrgetter("overridden"),
        partial(_shares, what="share of verdicts that people overruled"),
        LEAST_LABELLED,
    ),
    Figure("overrides_by_source", Layer.LABEL, _overridden_by, sources_moved, LEAST_LABELLED),
    Figure(
        "agreement",
        Layer.LABEL,
        attrgetter("agreed"),
        partial(_shares, what="share of pictures on which reviewers agree"),
        LEAST_LABELLED,
    ),
)
