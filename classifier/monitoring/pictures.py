"""What is known of a window of pictures, or of those to compare it with: columns of one length."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.vocabulary import Label, Verdict

Floats = npt.NDArray[np.floating]
Words = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Column = npt.NDArray[Any]
EVEN = 0.5

_NUMBERS = ("widths", "heights", "probabilities", "embeddings")  # of which none may be missing


@dataclass(frozen=True, kw_only=True, eq=False)
class Pictures:
    """N pictures in the order in which they came. A column that nobody kept is None.

    ``containers`` and ``channels`` (N,) are words (JPEG, page ...); ``widths`` and ``heights``
    (N,) pixels; ``qualities`` (N,) those of JPEG files, 1 to 100, NaN for any other file.
    ``embeddings`` (N, D) must all be of one backbone. ``probabilities`` (N,) are calibrated and
    of AI, ``verdicts`` (N,) are words, both of one version.

    ``labels`` (N,) is what people settled, empty where nothing is; ``label_sources`` (N,) who or
    what settled it. ``audited`` (N,) marks the pictures drawn by chance before their score was
    known. ``agreed`` (N,) is 1 where people who decided unseen by each other all said the same,
    0 where they did not, NaN where fewer than two decided.

    Raises ValueError in words for columns of different lengths, for numbers that are none, and
    for words that are no label or verdict.
    """

    containers: Words | None = None
    widths: Floats | None = None
    heights: Floats | None = None
    qualities: Floats | None = None
    channels: Words | None = None
    embeddings: Floats | None = None
    probabilities: Floats | None = None
    verdicts: Words | None = None
    labels: Words | None = None
    label_sources: Words | None = None
    audited: Flags | None = None
    agreed: Floats | None = None

    def __post_init__(self) -> None:
        columns = self._columns()
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError("the columns of a window must have one length")
        for name in _NUMBERS:
            if name in columns and not np.isfinite(columns[name]).all():
                raise ValueError(f"{name} hold something that is not a number")
        _check_ranges(columns)
        _check_words(columns, "labels", {"", *Label})
        _check_words(columns, "verdicts", set(Verdict))

    def __len__(self) -> int:
        return max((len(column) for column in self._columns().values()), default=0)

    def rows(self, chosen: Rows | Sequence[int] | slice) -> "Pictures":
        """Return the pictures with these numbers, in that order."""
        return Pictures(**{name: column[chosen] for name, column in self._columns().items()})

    @property
    def aspects(self) -> Floats | None:
        """Width over height (N,)."""
        if self.widths is None or self.heights is None:
            return None
        return np.asarray(self.widths / self.heights)

    @property
    def right(self) -> Floats | None:
        """(N,) 1 where the likelier class is what people settled, 0 where not, NaN if unsettled."""
        if self.labels is None or self.probabilities is None:
            return None
        right = (self.probabilities >= EVEN) == (self.labels == Label.AI)
        return np.where(self.labels == "", np.nan, right)

    @property
    def right_in_audit(self) -> Floats | None:
        """:attr:`right` of the audit sample, NaN for all others."""
        if self.right is None or self.audited is None:
            return None
        return np.where(self.audited, self.right, np.nan)

    @property
    def overridden(self) -> Floats | None:
        """(N,) 1 where people settled otherwise than the verdict, NaN where either is missing."""
        if self.labels is None or self.verdicts is None:
            return None
        unknown = (self.labels == "") | (self.verdicts == Verdict.UNCERTAIN)
        return np.where(unknown, np.nan, self.labels != self.verdicts)

    @property
    def abstained(self) -> Floats | None:
        """(N,) 1 where the verdict is ``uncertain``."""
        if self.verdicts is None:
            return None
        return np.asarray(self.verdicts == Verdict.UNCERTAIN, dtype=np.float64)

    def _columns(self) -> dict[str, Column]:
        named = {column.name: getattr(self, column.name) for column in fields(self)}
        return {name: column for name, column in named.items() if column is not None}


def _check_ranges(columns: dict[str, Column]) -> None:
    for name in ("widths", "heights"):
        if name in columns and (columns[name] <= 0).any():
            raise ValueError(f"{name} must be above 0")
    chances = columns.get("probabilities", np.zeros(0))
    if ((chances < 0) | (chances > 1)).any():
        raise ValueError("probabilities must lie between 0 and 1")
    if columns.get("embeddings", np.zeros((0, 1))).ndim != 2:
        raise ValueError("embeddings must have the shape (pictures, numbers of each)")


def _check_words(columns: dict[str, Column], name: str, known: set[str]) -> None:
    strange = {str(word) for word in np.unique(columns.get(name, np.array([], dtype=str)))} - known
    if strange:
        raise ValueError(f"{name} hold unknown words: {', '.join(sorted(strange))}")
