"""Snapshots laid into a storage without a database, as a machine that only trains meets them."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from labelling.originals import name_by_content
from tests.labelling.pictures import noise
from worker.services.manifest import Line, manifest_bytes, manifest_name

KINDS = ("JPEG", "PNG", "WEBP")


def pictures(
    count: int, *, size: tuple[int, int] = (16, 12), kinds: Sequence[str] = KINDS
) -> dict[str, bytes]:
    """Tiny pictures, of all three kinds in turn, by their sha256."""
    made = [noise(seed, kind=kinds[seed % len(kinds)], size=size) for seed in range(count)]
    return {sha256(data).hexdigest(): data for data in made}


def put(originals: Iterable[tuple[str, bytes]], *, storage: Storage = default_storage) -> None:
    for digest, data in originals:
        storage.save(name_by_content(digest, data), ContentFile(data))


def freeze(digests: Iterable[str], *, storage: Storage = default_storage) -> str:
    """Write a manifest of these, AI and human in turn, and return its digest."""
    labels = ("ai", "human")
    lines = [
        Line(digest, labels[place % 2], "train", (place,), digest, "page")
        for place, digest in enumerate(sorted(digests))
    ]
    content = manifest_bytes(lines)
    digest = sha256(content).hexdigest()
    storage.save(manifest_name(digest), ContentFile(content))
    return digest
