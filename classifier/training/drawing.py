"""Which pictures a network sees and when: balanced draws, aligned pairs, each rank's own share."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.detector.decoding import Pixels
from classifier.detector.polarity import ai_targets
from classifier.training.augmentation import training_crop
from classifier.training.config import TrainingConfig
from classifier.training.dataset import Pictures
from classifier.training.domains import OTHER, domain_of
from classifier.vocabulary import Label

Batch = tuple[Pixels, npt.NDArray[np.float32]]
Rows = npt.NDArray[np.intp]

PREFETCHED = 3


@dataclass(frozen=True)
class Share:
    """The part of each batch that one process of several learns from: ``rank`` of ``ranks``."""

    rank: int = 0
    ranks: int = 1

    def of(self, batch: Sequence["Draw"]) -> Sequence["Draw"]:
        """Return this rank's draws; every rank gets as many."""
        return batch[self.rank :: self.ranks]


@dataclass(frozen=True)
class Draw:
    """One crop: the picture's row, and the number of the random stream that degrades it."""

    row: int
    stream: int


WHOLE = Share()


def draw_weights(
    labels: Sequence[Label], generators: Sequence[str], domains: Sequence[str] | None = None
) -> npt.NDArray[np.float64]:
    """Return the chance of each picture to be drawn, (N,), one in sum.

    Each class gets half. Within a class what is of no domain gets what it has of the pictures,
    and the domains share the rest evenly. Within a domain a generator (or human origin) gets a
    share that grows with the square root of its size: rare ones are seen more often, and not only
    they.
    """
    domains = domains or [OTHER] * len(labels)
    keys = list(zip(labels, domains, generators, strict=True))
    sizes = Counter(keys)
    weights = np.array([sizes[key] ** -0.5 for key in keys])
    is_ai, domain = ai_targets(labels), np.array(domains)
    for side in (is_ai, ~is_ai):
        for name, share in _domain_shares(domain[side]).items():
            part = side & (domain == name)
            weights[part] *= share / 2 / weights[part].sum()
    return weights / weights.sum()


def _domain_shares(domains: npt.NDArray[np.str_]) -> dict[str, float]:
    names = sorted(set(domains.tolist()) - {OTHER})
    other = float((domains == OTHER).mean()) if len(domains) else 0.0
    shares = {name: (1 - other) / len(names) for name in names}
    return shares | ({OTHER: other} if other else {})


def plan_epoch(pictures: Pictures, config: TrainingConfig, epoch: int) -> list[list[Draw]]:
    """Return the draws of each batch of an epoch; the same seed and epoch, the same ones.

    Both halves of an aligned pair stand in one batch and have one random stream, so that they
    are cropped and degraded alike.
    """
    rng = np.random.default_rng([config.seed, epoch])
    alone = _rows_alone(pictures)
    weights = _weights(pictures, alone, balance_domains=config.balance_domains)
    pairs = _pairs_per_batch(pictures, config)
    batches = []
    for number in range(max(len(alone) // config.batch, 1)):
        first = number * config.batch
        rows = [int(row) for row in rng.choice(alone, config.batch - 2 * pairs, p=weights)]
        draws = [Draw(row, first + i) for i, row in enumerate(rows)]
        draws += _draw_pairs(pictures, pairs, first + len(rows), rng)
        # In any order, so that each rank gets of everything.
        batches.append([draws[place] for place in rng.permutation(len(draws))])
    return batches


def training_batches(
    pictures: Pictures, config: TrainingConfig, *, epoch: int, share: Share = WHOLE
) -> Iterator[Batch]:
    """Yield one epoch of (crops (n, crop, crop, 3), targets (n,)) as :func:`plan_epoch` says.

    Crops are prepared in a thread while the network learns from those before.
    """
    targets = ai_targets([entry.label for entry in pictures.entries]).astype(np.float32)

    def prepare(draws: Sequence[Draw]) -> Batch:
        streams = [np.random.default_rng([config.seed, epoch, draw.stream]) for draw in draws]
        crops = [
            training_crop(pictures.pixels[draw.row], config.crop, config.degradation, stream)
            for draw, stream in zip(draws, streams, strict=True)
        ]
        return np.stack(crops), targets[[draw.row for draw in draws]]

    mine = [share.of(batch) for batch in plan_epoch(pictures, config, epoch)]
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(prepare, draws) for draws in mine[:PREFETCHED]]
        for draws in mine[PREFETCHED:]:
            yield waiting.pop(0).result()
            waiting.append(pool.submit(prepare, draws))
        for future in waiting:
            yield future.result()


def _rows_alone(pictures: Pictures) -> Rows:
    paired = {*pictures.partners, *pictures.partners.values()}
    return np.array([row for row in range(len(pictures.entries)) if row not in paired])


def _weights(pictures: Pictures, rows: Rows, *, balance_domains: bool) -> npt.NDArray[np.float64]:
    entries = [pictures.entries[row] for row in rows]
    return draw_weights(
        [entry.label for entry in entries],
        [entry.generator for entry in entries],
        [domain_of(entry) for entry in entries] if balance_domains else None,
    )


def _pairs_per_batch(pictures: Pictures, config: TrainingConfig) -> int:
    """``reconstruction_share`` of the batch are fakes, and as many crops are their partners."""
    if not pictures.partners:
        return 0
    return min(round(config.reconstruction_share * config.batch), config.batch // 2)


def _draw_pairs(pictures: Pictures, pairs: int, first: int, rng: np.random.Generator) -> list[Draw]:
    if not pairs:
        return []
    fakes = rng.choice(np.array(sorted(pictures.partners)), pairs)
    return [
        Draw(row, first + number)
        for number, fake in enumerate(int(fake) for fake in fakes)
        for row in (fake, pictures.partners[fake])
    ]
