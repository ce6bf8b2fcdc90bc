"""What the tests of the queue share: a policy without a lottery, and pictures that know a name."""

from typing import Any

import numpy as np

from classifier.queries import production_version
from labelling.models import Embedding, Image, QueuePolicy, Showing, User
from labelling.services.turns import take_turns
from tests.labelling.rows import make_image, make_version, predict


def set_policy(**changes: Any) -> QueuePolicy:
    """A policy that draws nothing by chance, but for ``changes``."""
    wanted = {"gold_share": 0, "audit_share": 0, "novel_share": 0} | changes
    QueuePolicy.objects.update(**wanted)
    return QueuePolicy.objects.get()


def picture(name: str, probability_ai: float | None = None, **fields: Any) -> Image:
    """A picture that knows its name; classified with ``probability_ai`` by the live version."""
    image = make_image(name, failure=name, **fields)
    if probability_ai is not None:
        predict(image, production_version() or make_version(7, live=True), probability_ai)
    return image


def look_alike(image: Image, *, angle: int) -> None:
    """Store what the network saw: pictures of one angle look alike, those of others do not."""
    vector = np.zeros(8, dtype="<f4")
    vector[angle] = 1.0
    Embedding.objects.create(image=image, backbone_digest="b" * 64, vector=vector.tobytes())


def names(showings: list[Showing]) -> list[str]:
    return [showing.image.failure for showing in showings]


def turns(reviewer: User, limit: int = 99, **options: Any) -> list[str]:
    """The names of the pictures that this person has before them."""
    return names(take_turns(reviewer=reviewer, limit=limit, **options))
