"""Data sets of Kaggle, named ``kaggle:owner/name``, downloaded once by ``kagglehub``."""

from collections.abc import Callable
from pathlib import Path

from classifier.training.data.entry import Entry, ManifestError
from classifier.training.data.folder import class_folders, read_folder
from classifier.vocabulary import Label

PREFIX = "kaggle:"
# The pictures that the project's seed learned from: Art/AiArtData and Art/RealArt.
SEED = "hassnainzaidi/ai-art-vs-human-art"
DEEPEST = 3


def is_handle(path: Path) -> bool:
    return str(path).startswith(PREFIX)


def read_kaggle(handle: str) -> list[Entry]:
    """Download ``owner/name`` unless it is there already, and read it. Raises ManifestError."""
    return read_download(download(handle))


def read_download(root: Path) -> list[Entry]:
    """Read a downloaded data set: its class folders stand at the top or a few folders down."""
    return read_folder(_holder_of_classes(root))


def download(handle: str, *, force: bool = False) -> Path:
    """Return the folder that ``kagglehub`` keeps the data set in. Raises ManifestError.

    Who you are, where one must say so, is told to kagglehub itself (see docs/data.md).
    """
    fetch = _downloader()
    try:
        return Path(fetch(handle, force_download=force))
    except Exception as error:  # kagglehub passes on whatever its HTTP library raises
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise ManifestError(
            f"The data set {handle} could not be downloaded from Kaggle: {said[0]} "
            "Nothing was changed. Is this machine online, and is the name right?",
            code="download_failed",
        ) from error


def _downloader() -> Callable[..., str]:
    try:
        import kagglehub
    except ModuleNotFoundError as error:
        raise ManifestError(
            "Downloading from Kaggle needs the extra 'kaggle': pip install -e '.[kaggle]'. "
            "You can also download the data set by hand and name its folder.",
            code="kagglehub_missing",
        ) from error
    return kagglehub.dataset_download


def _holder_of_classes(root: Path) -> Path:
    """Return the first folder, from the top down, that holds a folder for each class."""
    level = [root]
    for _ in range(DEEPEST + 1):
        for folder in level:
            if {label for label, _ in class_folders(folder)} == set(Label):
                return folder
        level = sorted(child for folder in level for child in folder.iterdir() if child.is_dir())
    return root
