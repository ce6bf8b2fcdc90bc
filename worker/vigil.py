"""Watching the heartbeat and the outbox of alerts from processes that neither of them needs.

Beat watches the workers, and the web server watches both: what fails is never the one that must
tell of it. A thread in each, because it looks seldom and must wait for nobody.
"""

import logging
import threading
import time
from typing import Any

from celery.signals import beat_init
from django.db import connections

from worker.services.deliveries import deliver_due
from worker.services.stalls import tell
from worker.silence import Vigil
from worker.vital_signs import signs

log = logging.getLogger(__name__)

PAUSE = 15.0  # seconds between two looks


def round_of(vigil: Vigil) -> None:
    """One look; whatever fails is tried again with the next."""
    try:
        tell(vigil.look(signs(), time.monotonic()))
        deliver_due()
    except Exception as error:  # a database that is away is nobody's alert: nothing can be kept
        log.warning("The watch over the heartbeat goes on later: %s", type(error).__name__)
    finally:
        connections.close_all()


def keep_watch() -> None:
    vigil = Vigil()
    while True:
        round_of(vigil)
        time.sleep(PAUSE)


def start(**_: Any) -> None:
    """Begin the watch in this process."""
    threading.Thread(target=keep_watch, name="vigil", daemon=True).start()


beat_init.connect(start)
