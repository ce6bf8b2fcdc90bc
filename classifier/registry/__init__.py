"""Where bundles live. ``open_registry`` gives the site its one registry."""

from pathlib import Path

from classifier.registry.base import Entry, Registry
from classifier.registry.local import LocalRegistry

__all__ = ["Entry", "Registry", "open_registry"]


def open_registry(*, root: Path) -> Registry:
    """The local registry under ``root``."""
    return LocalRegistry(root)
