"""What a data set gives away before anybody looks at a picture, and what is done about it.

Normalising changes what the network sees and not the files. Every training crop is a square of
one size, cut and rescaled at random, so it never sees a size or an aspect. Where container,
quality, colour subsampling or metadata differ between the classes, every crop also goes through
one more compression, drawn for both classes alike. Held-out pictures stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image

from classifier.detector.decoding import decode
from classifier.training.augmentation import Degradation, training_crop
from classifier.training.data.care import OnBias
from classifier.training.data.entry import ManifestError
from classifier.training.data.look import Look
from classifier.training.data.probe import ALLOWED, Probe, probe
from classifier.training.data.summary import Crops, Summary, summaries, summaries_by_origin
from classifier.training.data.traits import Traits, traits_of
from classifier.vocabulary import Label

ONE_CONTAINER = frozenset({"container", "quality", "subsampling", "metadata"})
MOST_MEASURED = 750  # pictures of each class; more would only make the interval smaller
MEASURED_QUALITY = 90


@dataclass(frozen=True)
class Bias:
    """``found`` is the probe on the files, ``after`` on the crops that the network gets instead.

    Both are None where there are too few pictures to tell.
    """

    crops: Crops
    classes: Sequence[Summary]
    origins: Sequence[Summary]
    found: Probe | None
    on_bias: OnBias
    after: Probe | None = None

    @property
    def tells(self) -> bool:
        return self.found is not None and self.found.tells

    @property
    def normalises(self) -> bool:
        return self.tells and self.on_bias == "normalise"

    @property
    def needs_one_container(self) -> bool:
        """Whether more tells than size and aspect, which no crop has."""
        if self.found is None:
            return False
        return any(self.found.alone[name] > ALLOWED for name in ONE_CONTAINER)

    def degradation(self, how: Degradation) -> Degradation:
        """Return how training crops are to be degraded, given how they would be."""
        if self.normalises and self.needs_one_container:
            return replace(how, compress=1.0)
        return how


def measure_bias(
    looks: Sequence[Look], *, crops: Crops, how: Degradation, on_bias: OnBias, seed: int = 0
) -> Bias:
    """Describe the files, probe them, and probe again what normalising leaves.

    ``crops`` and ``how`` are those of the training. Raises ManifestError (code ``biased``) where
    the label shows and ``on_bias`` is ``stop``.
    """
    bias = Bias(
        crops=crops,
        classes=summaries(looks, crops),
        origins=summaries_by_origin(looks, crops),
        found=_probe(looks, [look.traits for look in looks]),
        on_bias=on_bias,
    )
    if bias.tells and on_bias == "stop":
        raise ManifestError(refusal(bias), code="biased")
    if not bias.normalises:
        return bias
    some = _some(looks, seed)
    return replace(
        bias, after=_probe(some, crop_traits(some, crops.training, bias.degradation(how), seed))
    )


def refusal(bias: Bias) -> str:
    assert bias.found is not None
    return (
        f"The label can be guessed from the files alone, without looking at a picture: "
        f"{bias.found.balanced_accuracy.value:.0%} of the guesses are right, and {ALLOWED:.0%} is "
        f"the limit. What tells: {', '.join(telling(bias.found))}. Even the files out, or choose "
        "on_bias=normalise."
    )


def telling(found: Probe) -> list[str]:
    """Name the traits that tell the label by themselves, the worst first."""
    by_worst = sorted(found.alone.items(), key=lambda item: -item[1])
    return [f"{name} ({value:.0%})" for name, value in by_worst if value > ALLOWED]


def crop_traits(looks: Sequence[Look], crop: int, how: Degradation, seed: int) -> list[Traits]:
    """Return the traits of one training crop of each picture, all written alike.

    They are saved as JPEG of one quality, so that bytes per pixel says how much there is to see.
    """
    return [
        _crop_traits(look, crop, how, np.random.default_rng([seed, row]))
        for row, look in enumerate(looks)
    ]


def _crop_traits(look: Look, crop: int, how: Degradation, rng: np.random.Generator) -> Traits:
    seen = training_crop(decode(look.entry.path.read_bytes()), crop, how, rng)
    file = BytesIO()
    Image.fromarray(seen).save(file, "JPEG", quality=MEASURED_QUALITY)
    return traits_of(file.getvalue())


def _probe(looks: Sequence[Look], traits: Sequence[Traits]) -> Probe | None:
    labels = [look.entry.label for look in looks]
    return probe(traits, labels, [f"{look.entry.source}/{look.entry.group}" for look in looks])


def _some(looks: Sequence[Look], seed: int) -> list[Look]:
    """Draw at most so many of each class, the same ones every time, in their order."""
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for label in Label:
        rows = [row for row, look in enumerate(looks) if look.entry.label is label]
        chosen += rng.permutation(rows)[:MOST_MEASURED].tolist()
    return [looks[row] for row in sorted(chosen)]
