"""Where a run comes from: the pictures it learned from, and the code that it ran."""

import shutil
import subprocess
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from classifier.training.manifest import Entry, ManifestError


def dataset_digest(entries: Iterable[Entry]) -> str:
    """Return a sha256 over every picture's bytes, label, split and generator, in any order.

    Two folders with the same pictures and the same words have the same digest, wherever they lie.
    Raises ManifestError.
    """
    lines = sorted(
        "\t".join([_file_digest(entry.path), entry.label, entry.split, entry.generator])
        for entry in entries
    )
    return sha256("\n".join(lines).encode()).hexdigest()


def git_commit(folder: Path | None = None) -> str | None:
    """Return the commit that the code is at, with a ``+`` where files were changed since.

    None where this is no checkout.
    """
    where = folder or Path(__file__).parent
    commit = _git(where, "rev-parse", "HEAD")
    if not commit:
        return None
    return commit + ("+" if _git(where, "status", "--porcelain", "--untracked-files=no") else "")


def _git(folder: Path, *question: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    said = subprocess.run(
        [git, "-C", str(folder), *question], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() if said.returncode == 0 else ""


def _file_digest(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ManifestError(f"{path} cannot be used: {error}") from error
