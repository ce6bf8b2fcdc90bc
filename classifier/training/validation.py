"""How the averaged network does on ``val`` while it learns, and when to stop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from classifier.detector.decoding import Pixels
from classifier.detector.polarity import ai_targets
from classifier.detector.preprocessing import Preprocessing, take_crops
from classifier.training.config import Validation
from classifier.training.dataset import read_pixels
from classifier.training.manifest import Entry
from classifier.training.metrics import Judged, auroc
from classifier.training.network import Network
from classifier.training.tiers import CLEAN, HARD, TIERS
from classifier.vocabulary import Label, Verdict

WATCHED = (CLEAN, HARD)
AT_ONCE = 32


@dataclass(frozen=True)
class Watch:
    """N held-out pictures: one centre crop of each in each watched tier, (N, crop, crop, 3)."""

    labels: Sequence[Label]
    crops: Mapping[str, Pixels]

    def measure(self, network: Network) -> dict[str, float]:
        """Return AUROC and balanced NLL: val_auroc_clean, val_nll_hard, …, and their means."""
        figures = {}
        for tier, crops in self.crops.items():
            logits = _logits(network, crops)
            figures[f"val_auroc_{tier}"] = _auroc(logits, self.labels)
            figures[f"val_nll_{tier}"] = _balanced_nll(logits, self.labels)
        for name in ("val_auroc", "val_nll"):
            figures[name] = float(np.mean([figures[f"{name}_{tier}"] for tier in self.crops]))
        return {name: round(value, 5) for name, value in figures.items()}


@dataclass
class Best:
    """The best look so far at one figure: NLL should fall, AUROC rise."""

    metric: str
    epoch: int = 0
    value: float | None = None
    waited: int = 0

    def take(self, epoch: int, figures: Mapping[str, float]) -> bool:
        """Note an epoch's figures; return whether they are the best so far."""
        value = figures[self.metric]
        if self.value is None or better(self.metric, value, self.value):
            self.epoch, self.value, self.waited = epoch, value, 0
            return True
        self.waited += 1
        return False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def better(metric: str, value: float, than: float) -> bool:
    """Whether one figure is better than another: less of an NLL or a loss, more of anything else.

    What is not a number is better than nothing.
    """
    if np.isnan(than):
        return not np.isnan(value)
    return value < than if falls(metric) else value > than


def falls(metric: str) -> bool:
    """Whether less of this figure is better."""
    return "nll" in metric or "loss" in metric


def make_watch(
    entries: Iterable[Entry], preprocessing: Preprocessing, how: Validation
) -> Watch | None:
    """Read at most ``how.pictures`` of each class of ``val``; None where there is nothing to watch.

    Raises ManifestError.
    """
    held_out = [entry for entry in entries if entry.split == "val"] if how.every else []
    chosen = [entry for label in Label for entry in _some(held_out, label, how.pictures)]
    if not chosen:
        return None
    one = Preprocessing(crop=preprocessing.crop, max_crops=1)
    crops: dict[str, list[Pixels]] = {tier: [] for tier in WATCHED}
    for entry in chosen:
        pixels = read_pixels(entry)
        for tier in WATCHED:
            crops[tier].append(take_crops(TIERS[tier](pixels), one)[0])
    return Watch(
        [entry.label for entry in chosen], {tier: np.stack(cut) for tier, cut in crops.items()}
    )


def _some(entries: Sequence[Entry], label: Label, most: int) -> list[Entry]:
    """Evenly over the list, so that each source has its part."""
    known = [entry for entry in entries if entry.label is label]
    places = np.linspace(0, len(known) - 1, min(most, len(known))).round().astype(int)
    return [known[place] for place in places]


@torch.inference_mode()
def _logits(network: Network, crops: Pixels) -> npt.NDArray[np.float64]:
    device = next(network.parameters()).device
    parts = [
        network(torch.from_numpy(crops[start : start + AT_ONCE]).to(device)).float().cpu().numpy()
        for start in range(0, len(crops), AT_ONCE)
    ]
    return np.concatenate(parts).astype(np.float64)


def _auroc(logits: npt.NDArray[np.float64], labels: Sequence[Label]) -> float:
    return auroc(Judged.of(logits, labels, [Verdict.UNCERTAIN] * len(labels)))


def _balanced_nll(logits: npt.NDArray[np.float64], labels: Sequence[Label]) -> float:
    """Mean of both classes' negative log-likelihood, in nats; what nobody knows costs 0.69."""
    is_ai = ai_targets(labels)
    losses = np.logaddexp(0, np.where(is_ai, -logits, logits))
    return float(np.mean([losses[side].mean() for side in (is_ai, ~is_ai) if side.any()]))
