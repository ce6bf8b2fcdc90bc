"""The kinds of files that can be left without a row: where they lie, and which rows name them.

What lies elsewhere is looked at by nobody here: bundles (``models/``) are kept for machines that
ask no database, and the doctor's test file is its own. Of ``snapshots/`` only what was written by
half goes, because a manifest without a row is one that was carried here.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.core.files.storage import default_storage

from labelling.models import Image
from labelling.originals import discard_unless_needed
from worker.models import Job
from worker.services.leftovers.carried import carried_pictures
from worker.services.manifest import SHA256

HALF_WRITTEN = re.compile(r"(?P<folder>.*/)\.(?P<name>[^/]+)\.[0-9a-f]{32}")  # by WholeFileStorage


def delete(name: str) -> bool:
    default_storage.delete(name)
    return True


@dataclass(frozen=True)
class Kind:
    """``form`` is that of the names that the site gives; nothing else is ever touched.

    ``named`` returns those of some names that have to stay; ``discard`` deletes one of the others,
    and says whether it did. Of what hangs on pictures (``of_pictures``) little can be left.
    """

    folder: str
    form: re.Pattern[str]
    named: Callable[[Collection[str]], set[str]]
    discard: Callable[[str], bool] = delete
    of_pictures: bool = False

    def gives(self, name: str) -> bool:
        """Whether it is the name of such a file, or of one that is still being written."""
        half = HALF_WRITTEN.fullmatch(name)
        return bool(self.form.fullmatch(half["folder"] + half["name"] if half else name))


def is_half_written(name: str) -> bool:
    return HALF_WRITTEN.fullmatch(name) is not None


def _digest(name: str) -> str:
    found = SHA256.search(name)
    return found[0] if found else ""


def _of_pictures(names: Collection[str]) -> set[str]:
    digests = {_digest(name) for name in names}
    rows = Image.objects.filter(sha256__in=digests).order_by()
    known = set(rows.values_list("sha256", flat=True))
    return {name for name in names if _digest(name) in known}


def _originals(names: Collection[str]) -> set[str]:
    """Those of pictures, and of snapshots that were carried here without their rows."""
    named = _of_pictures(names)
    unknown = {_digest(name) for name in names} - {_digest(name) for name in named}
    carried = carried_pictures(unknown) if unknown else set()
    return named | {name for name in names if _digest(name) in carried}


def _results(names: Collection[str]) -> set[str]:
    rows = Job.objects.filter(result__in=names).order_by()
    return set(rows.values_list("result", flat=True))


def _sent_zips(names: Collection[str]) -> set[str]:
    rows = Job.objects.filter(kind=Job.Kind.IMPORT, options__place__in=list(names)).order_by()
    return set(rows.values_list("options__place", flat=True))


def _discard_original(name: str) -> bool:
    """While nobody can hand the same bytes in and rely on this file."""
    return discard_unless_needed(name, sha256=_digest(name))


KINDS = (
    Kind(
        "images",
        re.compile(r"images/([0-9a-f]{2})/\1[0-9a-f]{62}\.(jpg|png|webp)"),
        named=_originals,
        discard=_discard_original,
        of_pictures=True,
    ),
    Kind(
        "renditions",
        re.compile(r"renditions/[0-9a-f]{64}/(thumb|view|full)\.(webp|jpeg)"),
        named=_of_pictures,
        of_pictures=True,
    ),
    Kind(
        "explanations",
        re.compile(r"explanations/[0-9a-f]{64}/[0-9a-f]{64}-[\w.-]+\.png"),
        named=_of_pictures,
        of_pictures=True,
    ),
    Kind("imports", re.compile(r"imports/[\w-]{22}\.zip"), named=_sent_zips),
    Kind("exports", re.compile(r"exports/\d+-[\w-]{16}(\.[a-z-]+)+"), named=_results),
    Kind("snapshots", re.compile(r"snapshots/[0-9a-f]{64}/manifest\.jsonl"), named=set),
)
