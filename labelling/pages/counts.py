"""How much waits for a reviewer, as they read it."""

from labelling.models import User
from labelling.queue import MOST_COUNTED, again_count, waiting_count
from labelling.services.showings import open_showings


def waiting_words(reviewer: User) -> str:
    """How many wait, and never fewer than are on the screen.

    A silent test is not in the queue, and must not be known by a figure that leaves it out.
    """
    return _counted(max(waiting_count(reviewer), open_showings(reviewer).count()))


def again_words(reviewer: User) -> str:
    """How many could be looked at again; empty where there are none."""
    count = again_count(reviewer)
    return _counted(count) if count else ""


def _counted(count: int) -> str:
    """The queue counts no further than ``MOST_COUNTED``."""
    return f"{MOST_COUNTED:,}+" if count >= MOST_COUNTED else str(count)
