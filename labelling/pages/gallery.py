"""Many pictures at once: for each what the person who looks may know of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from labelling.blindness import open_findings
from labelling.models import Image, Prediction
from labelling.permissions import Person
from labelling.queries import current_predictions


@dataclass(frozen=True)
class Tile:
    """``prediction`` is None while there is none, and while ``blind``."""

    image: Image
    prediction: Prediction | None
    blind: bool


def tiles(images: Sequence[Image], person: Person) -> list[Tile]:
    """Three queries, however many pictures."""
    allowed = open_findings(images, person)
    predictions = current_predictions([image for image in images if image.pk in allowed])
    return [
        Tile(image, predictions.get(image.pk), blind=image.pk not in allowed) for image in images
    ]
