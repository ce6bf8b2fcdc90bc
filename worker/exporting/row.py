"""One picture as an export tells it. What the person who exports may not know is left empty."""

from dataclasses import dataclass, fields
from datetime import datetime

from labelling.models import Image


@dataclass(frozen=True)
class Row:
    """``label`` is ``ai``, ``human``, ``unusable`` or empty; ``probability_ai`` is calibrated.

    ``blind`` says that finding and label are hidden from the person, who still has to decide.
    """

    id: str
    sha256: str
    filename: str
    content_type: str
    width: int
    height: int
    size: int
    received_at: datetime
    state: str
    blind: bool
    verdict: str
    probability_ai: float | None
    model_version: int | None
    label: str
    settled_at: datetime | None


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True)
class Exported:
    """A row with the picture that it tells of, for writers that pack the picture itself."""

    row: Row
    image: Image
