"""A shelf on a folder, which notes what was put and can be out of reach."""

import shutil
from pathlib import Path

from classifier.errors import BundleNotFound, RegistryUnavailable


class FolderShelf:
    """``put_names`` are the names in the order in which their files came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = str(folder)
        self.put_names: list[str] = []
        self.reachable = True

    def holds(self, name: str) -> bool:
        self._check()
        return (self.folder / name).is_file()

    def put(self, name: str, file: Path) -> None:
        self._check()
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, self.folder / name)
        self.put_names.append(name)

    def fetch(self, name: str, target: Path) -> None:
        self._check()
        if not (self.folder / name).is_file():
            raise BundleNotFound(f"No {name}.")
        shutil.copyfile(self.folder / name, target)

    def _check(self) -> None:
        if not self.reachable:
            raise RegistryUnavailable("The shelf cannot be reached.")
