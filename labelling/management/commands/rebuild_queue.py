"""``manage.py rebuild_queue``: make the queue's places anew from pictures, findings and votes."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count
from tqdm import tqdm

from labelling.models import Image, QueueItem
from labelling.services.requeueing import requeue_everything, requeue_next


class Command(BaseCommand):
    """Safe to run at any time, also beside reviewers; a second run goes on from the start."""

    help = "Make the places of all pictures in the queue anew. They are derived, nothing is lost."

    def handle(self, **_: Any) -> None:
        requeue_everything()
        with tqdm(total=Image.objects.count(), unit=" pictures", leave=False) as bar:
            while done := requeue_next():
                bar.update(done)
        lanes = QueueItem.objects.order_by().values_list("lane").annotate(Count("pk"))
        for lane, count in sorted(lanes):
            self.stdout.write(f"{count:9d}  {lane}")
