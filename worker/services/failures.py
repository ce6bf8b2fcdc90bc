"""How often a version broke on pictures that were fine: one count for all workers, in the cache."""

import logging
from math import isfinite

from django.core.cache import cache

from classifier.detector.detector import Detector, Finding
from classifier.errors import BundleCorrupt, BundleIncompatible, NoModel, PictureRefused
from classifier.models import ModelVersion
from classifier.queries import production_version

log = logging.getLogger(__name__)

KEPT = 24 * 3600  # seconds


def examine_counted(original: bytes, version: ModelVersion, detector: Detector) -> Finding:
    """The detector's finding. Raises PictureRefused; anything else that goes wrong is counted."""
    try:
        finding = detector.examine(original)
        if not isfinite(finding.probability_ai):
            raise ArithmeticError(f"{version} gives a probability that is not a number.")
    except PictureRefused:
        raise
    except Exception:
        note_failure(version)
        raise
    return finding


def note_unloadable(error: NoModel) -> None:
    """Count that the version that answers cannot be loaded, if that is the bundle's own fault."""
    version = production_version()
    if version is not None and isinstance(error.__cause__, BundleCorrupt | BundleIncompatible):
        note_failure(version)


def note_failure(version: ModelVersion) -> None:
    try:
        cache.add(_key(version), 0, KEPT)
        cache.incr(_key(version))
    except Exception as error:  # to count is a precaution; the failure itself is in the log
        log.warning("A failure of %s is not counted: %s", version, error)


def failures_of(version: ModelVersion) -> int:
    try:
        return int(cache.get(_key(version), 0))
    except Exception as error:  # the cache's server is away
        log.warning("The failures of %s are not known: %s", version, error)
        return 0


def _key(version: ModelVersion) -> str:
    return f"failures:{version.pk}"
