"""What is made once for all of pytest's workers: a folder that they share, and a lock on it."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

VARIABLE = "TESTS_TOGETHER"  # workers find the folder here, because they inherit it

if VARIABLE not in os.environ:
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="aivh-together-")
    atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)
TOGETHER = Path(os.environ[VARIABLE])


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder ``name``, as ``make`` filled it for whoever came first. Nobody may change it."""
    folder, done = TOGETHER / name, TOGETHER / f"{name}.done"
    with open(TOGETHER / f"{name}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
