"""The alert that pictures wait for long although somebody takes them."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from worker.models import Alert
from worker.queries import waiting_images
from worker.services.alerts import raise_alert, resolve_alert

KEY = "queue"
LONG, SHORT = timedelta(minutes=10), timedelta(minutes=5)  # when it is raised, and when it is over
SHOWN = 8


def watch_waiting() -> None:
    """Look at the picture that has waited for longest. Safe to run twice."""
    waiting = waiting_images()
    oldest = list(waiting.values_list("pk", "received_at")[:SHOWN])
    waited = timezone.now() - oldest[0][1] if oldest else timedelta(0)
    if waited <= SHORT:
        resolve_alert(key=KEY)
    elif waited >= LONG:
        raise_alert(
            key=KEY,
            kind=Alert.Kind.QUEUE,
            sentence=f"The oldest picture has waited for {waited.total_seconds() / 60:.0f} minutes "
            f"to be examined; {waiting.count():,} wait.",
            advice="Wait, where many came at once. Else run more workers (manage.py work "
            "inference) or set AIVH_INFERENCE_PROCESSES; the worker's log says if one fails.",
            link=f"{reverse('images')}?state=waiting",
            images=[pk for pk, _ in oldest],
            lasting=True,
        )
