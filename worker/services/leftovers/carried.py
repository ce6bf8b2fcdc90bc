"""Pictures of snapshots that ``manage.py snapshot push`` carried here from another site."""

import json
from collections.abc import Iterator, Set
from contextlib import suppress

from django.core.files.storage import default_storage

from worker.models import DatasetSnapshot
from worker.services.checkout import stored_digests
from worker.services.manifest import manifest_name


def carried_pictures(digests: Set[str]) -> set[str]:
    """Those of some pictures that a stored manifest names which is not this site's own.

    A manifest is read line by line. Raises where one cannot be read, as nobody knows then.
    """
    there = set(stored_digests())
    own = DatasetSnapshot.objects.filter(digest__in=there).order_by()
    carried = there.difference(own.values_list("digest", flat=True))
    return {picture for one in carried for picture in _pictures_of(one) if picture in digests}


def _pictures_of(snapshot: str) -> Iterator[str]:
    with suppress(FileNotFoundError), default_storage.open(manifest_name(snapshot)) as file:
        for line in file:
            yield json.loads(line)["sha256"]
