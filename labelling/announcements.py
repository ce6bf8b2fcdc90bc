"""What labelling tells the rooms above it, as ``classifier.announcements`` does."""

from django.dispatch import Signal

image_received = Signal()  # image_id: UUID — a new picture waits for its finding
queue_outdated = Signal()  # every place is to be made anew, a batch at a time
label_settled = Signal()  # image_id: UUID — the reviews of a picture agreed

# These are sent in the transaction of what they tell, as ``version_changed`` is: what a listener
# writes down of it stands or falls with it.
image_examined = Signal()  # image_id: UUID — a picture waits no longer: it is judged, or given up
votes_settled = Signal()  # image_id: UUID — votes settled a picture, as unusable or by a label
dispute_written = Signal()  # dispute_id: int — somebody disputes a verdict
