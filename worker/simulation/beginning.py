"""The state from which every play begins, kept as a copy of the database file."""

import shutil
from pathlib import Path

from django.core.cache import cache
from django.db import connection

from classifier.errors import AivhError


class NotAlone(AivhError):
    """The site has something in it already, or its database is no file of its own."""

    code = "not_alone"


class Beginning:
    """Keeps the database as it is now; ``restore`` brings it back. Embedded SQLite only."""

    def __init__(self, folder: Path) -> None:
        if connection.vendor != "sqlite":
            raise NotAlone("Plays begin anew from a copy of the database file: use SQLite.")
        self._live = Path(connection.settings_dict["NAME"])
        self._kept = folder / "beginning.sqlite3"
        self._kept.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(self._kept)])

    def restore(self) -> None:
        connection.close()
        for suffix in ("-wal", "-shm"):
            self._live.with_name(self._live.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._live)
        cache.clear()
