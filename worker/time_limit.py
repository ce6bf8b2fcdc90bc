"""A task's time limit, raised so that nobody takes it for something else.

Celery raises SoftTimeLimitExceeded wherever the task is just then. That is an Exception, and
below a task many forgive every one: a decoder takes it for a broken picture, the metadata for
unreadable. So while a task of ours runs, what is raised is none.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from billiard.pool import SIG_SOFT_TIMEOUT, soft_timeout_sighandler
from celery import Task
from celery.exceptions import SoftTimeLimitExceeded


class TimeRanOut(BaseException):
    """The task has run for as long as it may. Whoever catches it must end the task."""


class LimitedTask(Task[Any, Any]):
    """The base of all our tasks. Past its function the limit is what Celery knows."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            with _no_exception():
                return self.run(*args, **kwargs)
        except TimeRanOut as error:
            raise SoftTimeLimitExceeded from error


@contextmanager
def _no_exception() -> Iterator[None]:
    """Let the signal by which the pool tells its child of the limit raise TimeRanOut.

    The pool sets its own handler after everything that a child lets us do at its start, so ours
    is set for each task. Where the pool's is not there, nobody will send the signal.
    """
    if signal.getsignal(SIG_SOFT_TIMEOUT) is not soft_timeout_sighandler:
        yield
        return
    signal.signal(SIG_SOFT_TIMEOUT, _run_out)
    try:
        yield
    finally:
        signal.signal(SIG_SOFT_TIMEOUT, soft_timeout_sighandler)


def _run_out(*_: object) -> NoReturn:
    raise TimeRanOut
