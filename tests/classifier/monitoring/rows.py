"""Pictures that never were: what a site at rest would know of them."""

from dataclasses import replace
from typing import Any

import numpy as np

from classifier.monitoring.pictures import Pictures


def at_rest(count: int, seed: int, **changed: Any) -> Pictures:
    rng = np.random.default_rng(seed)
    chances = rng.random(count)
    is_ai = rng.random(count) < chances
    made = Pictures(
        containers=rng.choice(["JPEG", "PNG", "WEBP"], count, p=[0.8, 0.19, 0.01]),
        widths=rng.integers(300, 2000, count).astype(float),
        heights=rng.integers(300, 2000, count).astype(float),
        qualities=np.where(rng.random(count) < 0.2, np.nan, rng.choice([75.0, 85.0, 90.0], count)),
        channels=rng.choice(["page", "api"], count),
        embeddings=rng.normal(size=(count, 8)),
        probabilities=chances,
        verdicts=np.where(chances > 0.9, "ai", np.where(chances < 0.3, "human", "uncertain")),
        labels=np.where(is_ai, "ai", "human"),
        label_sources=rng.choice(["anna", "ben", "chris"], count),
        audited=rng.random(count) < 0.3,
        agreed=np.where(rng.random(count) < 0.3, rng.random(count) < 0.9, np.nan),
    )
    return replace(made, **changed)
