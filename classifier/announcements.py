"""What the detector's room tells the rooms above it, without knowing them.

An announcement carries ids, never a rule, and is made after the commit of what it tells, unless
it says otherwise.
"""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

version_promoted = Signal()  # version_id: int — another version answers from now on
# change_id: int — a version was moved. Unlike the others this is sent in the transaction that moves
# it, so that what a listener writes down of it stands or falls with the move.
version_changed = Signal()


def announce_on_commit(signal: Signal, **ids: int | UUID) -> None:
    """Send ``signal`` once this transaction has committed; a listener's failure is logged."""
    transaction.on_commit(partial(signal.send_robust, sender=None, **ids))
