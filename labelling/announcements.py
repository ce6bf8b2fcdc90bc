"""What labelling tells the rooms above it, without knowing them.

An announcement carries ids, never a rule, and is made after the commit of what it tells.
"""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

image_received = Signal()  # image_id: UUID — a new picture waits for its finding
label_settled = Signal()  # image_id: UUID — the reviews of a picture agreed


def announce_on_commit(signal: Signal, *, image_id: UUID) -> None:
    """Send ``signal`` once this transaction has committed; a listener's failure is logged."""
    transaction.on_commit(partial(signal.send_robust, sender=None, image_id=image_id))
