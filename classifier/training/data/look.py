"""One look at every file: its bytes, its header and a thumbnail, each read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.detector.decoding import Pixels, decode
from classifier.errors import PictureRefused
from classifier.training.data.entry import Entry, ManifestError
from classifier.training.data.traits import Traits, traits_of
from classifier.training.parallel import in_threads
from classifier.training.progress import Progress, silent

THUMBNAIL = 32


@dataclass(frozen=True)
class Look:
    """What was seen of one picture; ``thumbnail`` is all of it in grey, squashed to (32, 32)."""

    entry: Entry
    sha256: str
    traits: Traits
    thumbnail: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LeftOut:
    """A file that cannot be used, and why: a stable code and a sentence."""

    entry: Entry
    code: str
    why: str


def look_at_all(
    entries: Sequence[Entry],
    *,
    strict: bool = False,
    threads: int = 2,
    progress: Progress = silent,
) -> tuple[list[Look], list[LeftOut]]:
    """Read and decode every picture; what is broken or missing is left out and named.

    With ``strict`` the first broken picture raises ManifestError.
    """
    looks: list[Look] = []
    left_out: list[LeftOut] = []
    for seen in in_threads(look_at, entries, threads=threads, progress=progress, what="looked at"):
        if isinstance(seen, Look):
            looks.append(seen)
        elif strict:
            raise ManifestError(f"{seen.entry.path} cannot be used: {seen.why}")
        else:
            left_out.append(seen)
    return looks, left_out


def look_at(entry: Entry) -> Look | LeftOut:
    """Look at one picture. A file that is missing or broken is returned as LeftOut."""
    try:
        data = entry.path.read_bytes()
        traits, pixels = traits_of(data), decode(data)
    except PictureRefused as error:
        return LeftOut(entry, error.code, error.message)
    except OSError as error:
        return LeftOut(entry, "unreadable", f"The file cannot be read: {error.strerror}.")
    grey = np.asarray(Image.fromarray(squashed(pixels, THUMBNAIL)).convert("L"))
    return Look(entry, sha256(data).hexdigest(), traits, grey)


def squashed(pixels: Pixels, side: int) -> Pixels:
    """Return the whole of an (H, W, 3) picture as a (side, side, 3) one."""
    image = Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX)
    return np.asarray(image)
