"""Where bundles live. ``open_registry`` gives the site its one registry."""

from pathlib import Path

from classifier.registry.base import Entry, Registry
from classifier.registry.local import LocalRegistry
from classifier.registry.mirrored import MirroredRegistry
from classifier.registry.runs import BestRun
from classifier.registry.shared import SharedRegistry, Shelf
from classifier.registry.wandb import WandbRegistry, WandbSettings

__all__ = [
    "BestRun",
    "Entry",
    "MirroredRegistry",
    "Registry",
    "Shelf",
    "WandbSettings",
    "open_registry",
]


def open_registry(
    *, root: Path, wandb: WandbSettings | None = None, shelf: Shelf | None = None
) -> Registry:
    """The local registry under ``root``, mirrored to Weights & Biases where that is configured.

    With a ``shelf`` every bundle is kept there, too, where other machines fetch what they lack.
    The folder's layout is the same with and without, so that one can turn either on later.
    """
    local = SharedRegistry(root, shelf) if shelf else LocalRegistry(root)
    if wandb is None:
        return local
    remote = WandbRegistry(wandb, cache=root / "fetched")
    return MirroredRegistry(local, remote, pending=root / "pending")
