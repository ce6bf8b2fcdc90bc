"""What the detector's room tells the rooms above it, after the commit of what it tells."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

version_promoted = Signal()  # version_id: int — another version answers from now on


def announce_on_commit(signal: Signal, *, version_id: int) -> None:
    """Send ``signal`` once this transaction has committed; a listener's failure is logged."""
    transaction.on_commit(partial(signal.send_robust, sender=None, version_id=version_id))
