"""Where bundles live. ``open_registry`` gives the site its one registry."""

from pathlib import Path

from classifier.registry.base import Entry, Registry
from classifier.registry.local import LocalRegistry
from classifier.registry.mirrored import MirroredRegistry
from classifier.registry.wandb import WandbRegistry, WandbSettings

__all__ = ["Entry", "MirroredRegistry", "Registry", "WandbSettings", "open_registry"]


def open_registry(*, root: Path, wandb: WandbSettings | None = None) -> Registry:
    """The local registry under ``root``, mirrored to Weights & Biases where that is configured.

    The folder's layout is the same with and without, so that one can turn it on later.
    """
    local = LocalRegistry(root)
    if wandb is None:
        return local
    remote = WandbRegistry(wandb, cache=root / "fetched")
    return MirroredRegistry(local, remote, pending=root / "pending")
