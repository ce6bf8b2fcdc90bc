"""Taking a bundle from elsewhere in as a candidate."""

from pathlib import Path

from classifier.detector.bundle import MANIFEST
from classifier.errors import BundleNotFound
from classifier.models import ModelVersion
from classifier.registry import BestRun
from classifier.registry.base import DIGEST
from classifier.services import register_version
from classifier.serving import registry

SHORTEST = 8


def best_of_sweep(*, sweep: str, metric: str) -> BestRun:
    """The best run of the sweep; without ``sweep`` there is none to look at.

    Raises BundleNotFound, RegistryUnavailable.
    """
    if not sweep:
        raise BundleNotFound("No sweep is named. Set WANDB_SWEEP_ID, or give --sweep.")
    return registry().best_of_sweep(sweep, metric)


def find_reference(name: str) -> str:
    """The reference that an alias, a digest or its beginning stands for. Raises BundleNotFound."""
    if DIGEST.fullmatch(name):
        return name
    entries = registry().list()
    found = [entry for entry in entries if name in entry.aliases]
    if not found and len(name) >= SHORTEST:
        found = [entry for entry in entries if entry.digest.startswith(name)]
    if len(found) != 1:
        raise BundleNotFound(f"The registry holds no bundle {name!r}. `registry list` shows all.")
    return found[0].reference


def adopt(bundle: Path | str) -> ModelVersion:
    """Register a bundle's folder, or what the registry holds under that name, as a candidate.

    It answers nobody until it passed the gate. What is registered already stays what it is.
    Raises BundleNotFound, BundleCorrupt, BundleIncompatible, RegistryUnavailable.
    """
    folder = Path(bundle)
    if not (folder / MANIFEST).is_file():
        folder = registry().get(find_reference(str(bundle)))
    return register_version(bundle=folder)
