"""One labelled picture, wherever its label was written down."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from classifier.errors import AivhError
from classifier.vocabulary import Label

VAL_SHARE, TEST_SHARE = 0.15, 0.15


class ManifestError(AivhError):
    """The manifest or folder cannot be used; the message says why."""

    code = "manifest_unusable"


@dataclass(frozen=True)
class Entry:
    """One labelled picture. ``pool`` is the first folder of its path in the manifest.

    ``split_given`` is False where nobody chose the split and the group's hash did. ``domain`` is
    what the manifest itself says (photo, art or other), "" where it says nothing.
    """

    path: Path
    label: Label
    split: str
    generator: str
    source: str
    group: str
    pool: str = ""
    split_given: bool = True
    domain: str = ""


def split_of(key: str) -> str:
    """Choose a split by the key's hash: the same key, the same split, for ever."""
    place = int.from_bytes(sha256(key.encode()).digest()[:8], "big") / 2**64
    if place < VAL_SHARE:
        return "val"
    return "test" if place < VAL_SHARE + TEST_SHARE else "train"
