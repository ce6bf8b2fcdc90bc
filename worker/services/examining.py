"""Examining what a network has not seen yet, before a training needs it."""

from django.db.models import QuerySet

from classifier.detector.detector import Detector
from classifier.models import ModelVersion
from classifier.training.progress import Progress, silent
from labelling.models import Embedding, Image
from worker.services.inference import examine
from worker.services.pictures import prefetched


def examine_missing(
    *,
    images: QuerySet[Image],
    version: ModelVersion,
    detector: Detector,
    progress: Progress = silent,
) -> None:
    """Examine the originals of those of ``images`` that this version's network has not seen."""
    seen = Embedding.objects.filter(backbone_digest=version.backbone_digest).values("image")
    missing = list(images.exclude(pk__in=seen))
    for done, fetched in enumerate(prefetched(missing)):
        progress(done / len(missing), f"looking at {len(missing)} pictures that are new to it")
        examine(fetched.image, version, detector, read=fetched.original)
