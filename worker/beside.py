"""Work beside the caller, who need not wait for it to its end."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from django.db import connections

Found = TypeVar("Found")


def beside(look: Callable[[], Found]) -> Future[Found]:
    """Run ``look`` in a thread of its own, with a connection to the database of its own.

    A server that hangs holds that thread and nothing else: the process can end without it.
    """
    answer: Future[Found] = Future()
    threading.Thread(target=_run, args=(look, answer), daemon=True).start()
    return answer


def _run(look: Callable[[], Found], answer: Future[Found]) -> None:
    try:
        found = look()
    except BaseException as error:
        connections.close_all()
        answer.set_exception(error)
    else:
        connections.close_all()
        answer.set_result(found)
