"""Pictures in a folder with one folder for each class."""

from pathlib import Path

from classifier.detector.headers import SUFFIXES, sniff
from classifier.training.data.entry import Entry, ManifestError, split_of
from classifier.vocabulary import Label

# Written out, never by alphabetical order: that is how a detector gets turned around.
CLASS_FOLDERS = {
    "ai": Label.AI,
    "aiartdata": Label.AI,
    "fake": Label.AI,
    "generated": Label.AI,
    "human": Label.HUMAN,
    "realart": Label.HUMAN,
    "real": Label.HUMAN,
}


def read_folder(root: Path) -> list[Entry]:
    """Read ``root/<class>/**``; the class folders are those of CLASS_FOLDERS, in any case.

    The split follows from the name of the picture's folder and file, so it never moves. Raises
    ManifestError.
    """
    known = class_folders(root)
    if {label for label, _ in known} != set(Label):
        names = ", ".join(sorted(CLASS_FOLDERS))
        raise ManifestError(f"{root} needs a folder for each class; names that count: {names}.")
    return [
        _entry(root, file, label)
        for label, folder in known
        for file in sorted(folder.rglob("*"))
        if is_picture(file)
    ]


def class_folders(root: Path) -> list[tuple[Label, Path]]:
    """Return the folders right below ``root`` whose names say a class, with that class."""
    named = [(CLASS_FOLDERS.get(f.name.lower()), f) for f in sorted(root.iterdir()) if f.is_dir()]
    return [(label, folder) for label, folder in named if label is not None]


def is_picture(file: Path) -> bool:
    """By its name, so that a broken picture is counted, or by its first bytes."""
    if file.name.startswith(".") or not file.is_file():
        return False
    if file.suffix.lower() in SUFFIXES:
        return True
    with file.open("rb") as opened:
        return sniff(opened.read(16)) is not None


def _entry(root: Path, file: Path, label: Label) -> Entry:
    name = file.relative_to(root).as_posix()
    return Entry(
        file,
        label,
        split_of(name),
        generator=label,
        source=root.name,
        group=name,
        split_given=False,
    )
