"""The picture that goes through the real queue each minute, so that a stall shows by itself."""

import io
import logging
import time
from datetime import timedelta
from functools import lru_cache

import numpy as np
from django.db import close_old_connections, transaction
from django.utils import timezone
from PIL import Image as Pillow

from classifier.errors import AivhError
from classifier.serving import serving_detector
from worker.alerts import HEARTBEAT
from worker.models import Heartbeat
from worker.services.alerts import resolve_alert

log = logging.getLogger(__name__)

KEPT = timedelta(days=1)
SIDE = 256  # pixels; a picture that is small and still gets an answer


def begin_heartbeat() -> int:
    """Write down that one is sent now, and forget those of yesterday. Runs in beat itself."""
    close_old_connections()
    now = timezone.now()
    with transaction.atomic():
        Heartbeat.objects.filter(sent_at__lt=now - KEPT).delete()
        heartbeat = Heartbeat.objects.create(sent_at=now)
    close_old_connections()
    return heartbeat.pk


def answer_heartbeat(*, heartbeat_id: int, worker: str) -> bool:
    """Examine the synthetic picture as any other, and mark the row. Safe to run twice.

    One that is answered well ends the alert. False where somebody has answered it already.
    """
    begun = time.monotonic()
    failure = examine()
    answered = Heartbeat.objects.filter(pk=heartbeat_id, answered_at__isnull=True).update(
        answered_at=timezone.now(),
        seconds=round(time.monotonic() - begun, 4),
        worker=worker[:100],
        failure=failure[:300],
    )
    if answered and not failure:
        resolve_alert(key=HEARTBEAT)
    return bool(answered)


def examine() -> str:
    """Why the version in production could not examine the picture; empty where it could."""
    try:
        _, detector = serving_detector()
        detector.examine(synthetic_picture())
    except AivhError as error:
        return error.message
    except Exception as error:  # whatever it is, it would meet people's pictures, too
        log.exception("The heartbeat's picture was not examined.")
        return f"{type(error).__name__} while it was examined."
    return ""


@lru_cache(maxsize=1)
def synthetic_picture() -> bytes:
    """A PNG of colours that run into each other under some noise; the same in every process."""
    across, down = np.meshgrid(np.linspace(0, 200, SIDE), np.linspace(0, 200, SIDE))
    colours = np.stack([across, down, 200 - (across + down) / 2], axis=-1)
    noise = np.random.default_rng(0).integers(0, 55, colours.shape)
    file = io.BytesIO()
    Pillow.fromarray((colours + noise).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
