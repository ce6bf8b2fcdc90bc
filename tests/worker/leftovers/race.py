"""A program of its own, run by ``test_races.py``: leftovers are deleted while others are at work.

``python -m tests.worker.leftovers.race NAME`` runs the race on the database that the environment
names, which is migrated, and prints what it left behind as JSON.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import django

django.setup()

from django.core.cache.backends.locmem import LocMemCache  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402
from django.utils import timezone  # noqa: E402

from labelling.originals import original_name  # noqa: E402
from labelling.services import submit as submitting  # noqa: E402
from tests.labelling.pictures import noise  # noqa: E402
from tests.labelling.race import left_behind, race, submit  # noqa: E402
from worker.services.leftovers import discarding, kinds  # noqa: E402
from worker.services.leftovers.discarding import AGE, discard_leftovers  # noqa: E402

LONG_ENOUGH = 1.0  # seconds in which an upload ends where nothing holds it up
AT_ONCE = 4


def leave(count: int) -> None:
    """Originals of so long ago that no row names, in a site that is older than they are."""
    now = timezone.now()
    MigrationRecorder(connection).migration_qs.update(applied=now - 2 * AGE)
    then = (now - AGE - timedelta(minutes=1)).timestamp()
    for seed in range(count):
        name = original_name(sha256(noise(seed)).hexdigest(), ".jpg")
        default_storage.save(name, ContentFile(noise(seed)))
        os.utime(default_storage.path(name), (then, then))


def at_once() -> dict[str, Any]:
    """Several rounds at once, while the same bytes are handed in."""
    leave(8)
    rounds = [discard_leftovers] * AT_ONCE
    return race(*rounds, *[lambda seed=seed: submit(noise(seed)) for seed in range(4)])


def came_before() -> dict[str, Any]:
    """The same bytes come after the rows were looked up, and before the file is deleted."""
    leave(1)
    look_up, came = kinds.carried_pictures, []

    def look_up_early(names: set[str]) -> set[str]:
        found = look_up(names)
        came.append(race(lambda: submit(noise(0))))
        return found

    with patch.object(kinds, "carried_pictures", look_up_early):
        counts = discard_leftovers()
    return {"coming": came[0], **counts}


def came_while() -> dict[str, Any]:
    """The same bytes come in the very moment in which the file is deleted."""
    leave(1)
    delete = default_storage.delete
    with ThreadPoolExecutor(1) as pool:
        coming = []

        def delete_late(name: str) -> None:
            coming.append(pool.submit(race, lambda: submit(noise(0))))
            wait(coming, timeout=LONG_ENOUGH)
            delete(name)

        with patch.object(default_storage, "delete", delete_late):
            counts = discard_leftovers()
        return {"coming": coming[0].result(), **counts}


def swept_while_it_comes() -> dict[str, Any]:
    """The same bytes find their file there, and it goes before their row is written."""
    leave(1)
    hold, counts = submitting._held_row, []
    with ThreadPoolExecutor(1) as pool:

        def hold_late(**about: Any) -> Any:
            sweeping = pool.submit(race, lambda: counts.append(discard_leftovers()))
            wait([sweeping], timeout=LONG_ENOUGH)
            return hold(**about)

        with patch.object(submitting, "_held_row", hold_late):
            coming = race(lambda: submit(noise(0)))
    return {"coming": coming, **counts[0]}


RACES = {
    runner.__name__: runner for runner in (at_once, came_before, came_while, swept_while_it_comes)
}

if __name__ == "__main__":
    no_redis = LocMemCache("leftovers", {})
    with patch.object(discarding, "BATCH", 2), patch.object(discarding, "cache", no_redis):
        ended = RACES[sys.argv[1]]()
    print(json.dumps({**ended, **left_behind()}))
