"""What labelling tells the rooms above it, as ``classifier.announcements`` does."""

from django.dispatch import Signal

image_received = Signal()  # image_id: UUID — a new picture waits for its finding
queue_outdated = Signal()  # every place is to be made anew, a batch at a time
label_settled = Signal()  # image_id: UUID — the reviews of a picture agreed
