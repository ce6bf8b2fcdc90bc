"""The detector that answers now, loaded once in each process."""

import threading
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from structlog.contextvars import bind_contextvars

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.detector import Detector
from classifier.detector.scoring import Scorer
from classifier.errors import AivhError, NoModel, RegistryUnavailable
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.registry import Entry, Registry, Shelf, WandbSettings, open_registry
from classifier.registry.local import LocalRegistry
from classifier.registry.store import BundleStore
from classifier.shelf import StorageShelf


def registry() -> Registry:
    """The registry that the settings name."""
    return open_registry(root=settings.REGISTRY_ROOT, wandb=wandb_settings(), shelf=shelf())


def shelf() -> Shelf | None:
    """The storage that all machines share; None where there is only this one's disk."""
    place: str = settings.BUNDLE_SHELF
    return StorageShelf(place) if place else None


def wandb_settings() -> WandbSettings | None:
    """Where Weights & Biases is; None where no key is configured."""
    given: dict[str, Any] = settings.WANDB
    return WandbSettings(**given) if given["api_key"] else None


class DetectorCache:
    """Holds the detectors that were asked for last; the lock lets one thread load one.

    There is room for the version that answers and, where a challenger has a network of its own,
    for that.
    """

    ROOM = 2

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._detectors: OrderedDict[str, Detector] = OrderedDict()

    def get(self, version: ModelVersion) -> Detector:
        with self._lock:
            if version.digest not in self._detectors:
                self._detectors[version.digest] = Detector.load(registry().get(version.reference))
            self._detectors.move_to_end(version.digest)
            while len(self._detectors) > self.ROOM:
                self._detectors.popitem(last=False)
            return self._detectors[version.digest]

    def holds(self, version: ModelVersion) -> bool:
        """Whether it is loaded. Never waits for another one that is being loaded."""
        return version.digest in self._detectors


_cache = DetectorCache()


def detector_of(version: ModelVersion) -> Detector:
    """The detector of any version, network and all.

    Raises BundleNotFound, BundleCorrupt, BundleIncompatible, RegistryUnavailable.
    """
    return _cache.get(version)


@lru_cache(maxsize=4)
def _scorer(digest: str, reference: str) -> Scorer:
    return Scorer.load(registry().get(reference))


def scorer_of(version: ModelVersion) -> Scorer:
    """What judges stored embeddings as ``version`` does, without its network: quick to load.

    Raises BundleNotFound, BundleCorrupt, BundleIncompatible, RegistryUnavailable.
    """
    return _scorer(version.digest, version.reference)


def is_at_hand(version: ModelVersion) -> bool:
    """Whether the bundle lies sound on this machine. No network is asked, so it never waits.

    One that was fetched once is taken into the local registry, so that none need be asked later.
    """
    local = LocalRegistry(settings.REGISTRY_ROOT)
    with suppress(AivhError):
        local.get(version.digest)
        return True
    with suppress(AivhError):
        fetched = BundleStore(settings.REGISTRY_ROOT / "fetched").open(version.digest)
        local.adopt(fetched, Entry(version.digest, version.digest, (), version.created_at))
        return True
    return False


def is_loaded(version: ModelVersion) -> bool:
    """Whether this process holds the version's detector in memory."""
    return _cache.holds(version)


def lies_whole(version: ModelVersion) -> bool:
    """:func:`is_at_hand`, for whoever asks often: read only where a bundle was put since."""
    root = settings.REGISTRY_ROOT
    stamps = [_stamp(root / home / version.digest) for home in ("bundles", "fetched")]
    return _lies_whole(version, *stamps)


def folder_at_hand(version: ModelVersion) -> Path:
    """Where the bundle lies sound on this machine. No network is asked, so it never waits.

    Raises RegistryUnavailable where it does not lie here (yet).
    """
    if not lies_whole(version):
        raise RegistryUnavailable(
            f"The bundle of version {version.number} does not lie on this machine."
        )
    folder: Path = settings.REGISTRY_ROOT / "bundles" / version.digest
    return folder


@lru_cache(maxsize=4)
def _lies_whole(version: ModelVersion, *stamps: int) -> bool:
    return is_at_hand(version)


def _stamp(folder: Path) -> int:
    """When a file was last put into the folder or taken out of it; 0 where there is none."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def serving_detector() -> tuple[ModelVersion, Detector]:
    """The production version and its detector. Raises NoModel when one of them is not there."""
    version = production_version()
    if version is None:
        raise NoModel("Model not loaded")
    try:
        detector = _cache.get(version)
    except AivhError as error:
        raise NoModel("Model not loaded") from error
    bind_contextvars(model_version=version.number)  # for the lines that are logged from here on
    return version, detector


def detector_at_hand() -> tuple[str, Detector]:
    """The name and the detector of the version that answers, else of the shipped bundle.

    For what works without a site, too. Raises NoModel where there is neither.
    """
    try:
        known = production_version() is not None
    except DatabaseError:  # no database yet, and none is needed
        known = False
    if known:
        version, detector = serving_detector()
        return str(version.number), detector
    try:
        shipped = Detector.load(shipped_bundle_path())
    except AivhError as error:
        raise NoModel(f"There is no model to ask: {error.message}") from error
    return shipped.bundle.name, shipped
