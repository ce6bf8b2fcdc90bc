"""The detector that answers now, loaded once in each process."""

import threading
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from classifier.detector.bundle import shipped_bundle_path
from classifier.detector.detector import Detector
from classifier.errors import AivhError, NoModel
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.registry import Registry, Shelf, WandbSettings, open_registry
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
    """Holds the newest detector that was asked for; the lock lets one thread load it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._detector: Detector | None = None

    def get(self, version: ModelVersion) -> Detector:
        with self._lock:
            if self._detector is None or self._detector.bundle.digest != version.digest:
                self._detector = Detector.load(registry().get(version.reference))
            return self._detector


_cache = DetectorCache()


def serving_detector() -> tuple[ModelVersion, Detector]:
    """The production version and its detector. Raises NoModel when one of them is not there."""
    version = production_version()
    if version is None:
        raise NoModel("Model not loaded")
    try:
        return version, _cache.get(version)
    except AivhError as error:
        raise NoModel("Model not loaded") from error


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
