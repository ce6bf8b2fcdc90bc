"""Whether this process can serve: asked every second, by machines, so it costs next to nothing."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from django.core.cache import cache

from classifier.errors import AivhError
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.serving import is_loaded, lies_whole, registry
from worker.beside import beside

log = logging.getLogger(__name__)

PATIENCE = 1.5  # seconds for each part; whoever asks gives up after a few
FETCH_AGAIN_AFTER = 10.0

Found = TypeVar("Found")


class Probe(Generic[Found]):
    """One look at a part at a time: whoever asks meanwhile shares its answer.

    So a part that hangs holds one thread, however often it is asked for.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._answer: Future[Found] | None = None

    def ask(self, look: Callable[[], Found]) -> Future[Found]:
        with self._turn:
            if self._answer is None or self._answer.done():
                self._answer = beside(look)
            return self._answer


_database: Probe[ModelVersion | None] = Probe()
_broker: Probe[None] = Probe()
_detector: Probe[bool] = Probe()
_fetching: Probe[None] = Probe()


def missing_parts() -> list[str]:
    """Which of ``database``, ``broker`` and ``model`` this process cannot use now.

    Without the database nobody knows which model should answer, so that is not named then.
    """
    database, broker = _database.ask(production_version), _broker.ask(_ask_broker)
    missing = ["broker"] if fails(broker) else []
    if fails(database):
        return ["database", *missing]
    version = database.result()
    if version is None or not _is_usable(version):
        missing.append("model")
    return missing


def _is_usable(version: ModelVersion) -> bool:
    answer = _detector.ask(partial(can_answer, version))
    return not fails(answer) and answer.result()


def fails(asked: Future[Found]) -> bool:
    """Whether the part raised, or did not answer in time."""
    try:
        asked.result(PATIENCE)
    except Exception:
        return True
    return False


def can_answer(version: ModelVersion) -> bool:
    """Whether the version is loaded here, or lies here whole.

    One that does not is fetched meanwhile, where it can be: nobody else would, while machines
    send no pictures to a process that is not ready.
    """
    if is_loaded(version) or lies_whole(version):
        return True
    _fetching.ask(partial(_try_to_fetch, version))
    return False


def _try_to_fetch(version: ModelVersion) -> None:
    try:
        registry().get(version.reference)
    except AivhError as error:
        log.warning("Version %d cannot be had here: %s", version.number, error.message)
        time.sleep(FETCH_AGAIN_AFTER)  # the next who asks is answered by this attempt


def _ask_broker() -> None:
    """The cache is on the broker's server, and its connections are kept."""
    cache.get("ready")
