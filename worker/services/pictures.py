"""The pictures that a training reads: straight from local files, or from a bucket by a cache."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256 as digest_of
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage, default_storage

from classifier.errors import AivhError, PictureRefused
from classifier.training.parallel import in_order
from labelling.errors import NotFound
from labelling.models import Image
from labelling.originals import possible_names, read_original
from labelling.storage import storage_is_local
from worker.picture_cache import PictureCache

# A bucket answers many at once. Twice as many pictures, of 20 MB at most, can be in memory.
THREADS = 8


class PictureCorrupt(PictureRefused):
    """What lies in the storage is not the picture that was put there."""


@dataclass(frozen=True)
class Fetched:
    """A picture whose bytes were asked for, and what came: the bytes, or why there are none."""

    image: Image
    came: bytes | AivhError

    def original(self) -> bytes:
        """Return the bytes. Raises NotFound or PictureCorrupt."""
        if isinstance(self.came, AivhError):
            raise self.came
        return self.came


def prefetched(images: Iterable[Image], *, threads: int = THREADS) -> Iterator[Fetched]:
    """Yield each picture in order, while those behind it are on their way already."""
    return in_order(fetch, images, threads=threads)


def fetch(image: Image) -> Fetched:
    """Read one original. Asks no database, so threads may call it."""
    try:
        return Fetched(image, read_picture(image))
    except AivhError as error:
        return Fetched(image, error)


def read_picture(image: Image) -> bytes:
    """Return the original: a local file as it lies there, a bucket's through the cache.

    Raises NotFound and PictureCorrupt.
    """
    if storage_is_local():
        return read_original(image)
    return read_by_digest(image.sha256, names=[image.original])


def read_by_digest(
    sha256: str,
    *,
    names: Iterable[str] | None = None,
    storage: Storage = default_storage,
    keep: bool = True,
    fresh: bool = False,
) -> bytes:
    """Return the bytes whose sha256 this is, from this machine's cache or else from ``storage``.

    ``names`` are where they can lie, by default wherever an original of that digest can. With
    ``keep`` what came from a bucket is kept in the cache; ``fresh`` leaves the cache alone.
    Raises NotFound, PictureCorrupt.
    """
    cache = None if fresh or storage_is_local(storage) else picture_cache()
    cached = cache.read(sha256) if cache else None
    if cached is not None:
        return cached
    data = _read_first(storage, names or possible_names(sha256))
    if digest_of(data).hexdigest() != sha256:
        raise PictureCorrupt("The stored file of this picture is not as it was put there.")
    if cache and keep:
        cache.keep(sha256, data)
    return data


def picture_cache() -> PictureCache:
    """Return this machine's cache of pictures; one object for each folder in a process."""
    return _cache_in(settings.PICTURE_CACHE, settings.PICTURE_CACHE_BYTES)


@lru_cache(maxsize=1)
def _cache_in(folder: Path, max_bytes: int) -> PictureCache:
    return PictureCache(folder, max_bytes=max_bytes)


def _read_first(storage: Storage, names: Iterable[str]) -> bytes:
    for name in names:
        try:
            with storage.open(name) as file:
                return bytes(file.read())
        except FileNotFoundError:
            continue
    raise NotFound("The file of this picture is missing from the storage.")
