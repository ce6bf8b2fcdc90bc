"""Sending that goes on beside whoever asked for it."""

import threading
from collections.abc import Callable

Start = Callable[[Callable[[], None]], object]


def start_thread(work: Callable[[], None]) -> None:
    """Do the work beside us.

    It may be cut off when the process ends: what was sent stays sent, the rest goes another time.
    """
    threading.Thread(target=work, name="registry", daemon=True).start()
