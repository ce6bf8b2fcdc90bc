"""``manage.py fingerprint``: small grey copies for pictures from before there were any."""

from typing import Any

from django.core.management.base import BaseCommand

from labelling.models import Image
from worker.services.fingerprints import make_missing_fingerprints

SAID_EVERY = 0.1  # of the whole


class Command(BaseCommand):
    """A training does it for the pictures that it needs; this does it for all, at leisure."""

    help = "Make the fingerprints that older pictures lack. Run it again to go on."

    def handle(self, **_: Any) -> None:
        self._said = 0.0
        made = make_missing_fingerprints(images=Image.objects.all(), progress=self._say)
        self.stdout.write(f"{made} made." if made else "Every picture has its fingerprint.")

    def _say(self, share: float, words: str) -> None:
        if share - self._said >= SAID_EVERY:
            self._said = share
            self.stderr.write(f"{share:4.0%}  {words}")
