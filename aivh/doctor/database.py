"""The database: whether it answers and takes writes, and whether its tables are ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import Error, connection

from aivh.doctor.finding import Doubtful, Wrong, in_short
from aivh.tables import compare_tables

PREPARE = "Run `manage.py prepare` where the site runs; `manage.py up` does so by itself."
START_POSTGRES = "Start Postgres, or correct DATABASE_URL: without it the site does nothing at all."
MEND_FILE = (
    "Put the file back from a backup, or correct AIVH_DATA_DIR; the user who runs the site must be "
    "able to write to it."
)
FIRST = "Mend the database first; its own line says how."


def database() -> str:
    """Kind, version and place. Raises Wrong where it does not answer or cannot be written to."""
    if file_is_missing():
        raise Wrong(f"There is no database yet at {place()}", PREPARE)
    try:
        version, read_only = _asked()
    except Error as error:
        raise Wrong(f"{place()} cannot be used: {in_short(error)}", advice()) from error
    if read_only:
        raise Wrong(
            f"{version} at {place()} takes no writes",
            "Name the server that does in DATABASE_URL: this one is a standby, or read-only.",
        )
    return f"{version} at {place()}"


def migrations() -> str:
    """Raises Wrong where the tables are older or newer than this code."""
    with asking():
        tables = compare_tables()
    if tables.lacking:
        raise Wrong(f"{len(tables.lacking)} not applied: {_some(tables.lacking)}", PREPARE)
    if tables.unknown:
        raise Wrong(
            f"The database knows {len(tables.unknown)} that this code does not: "
            f"{_some(tables.unknown)}",
            "Bring the code on this machine up to that of the machine which migrated last.",
        )
    return "all applied"


@contextmanager
def asking() -> Iterator[None]:
    """For checks that need the database: where it does not answer, its own line says so."""
    if file_is_missing():
        raise Doubtful("It cannot be told: there is no database yet", FIRST)
    try:
        yield
    except Error as error:
        raise Doubtful(f"It cannot be told: {in_short(error)}", FIRST) from error


def file_is_missing() -> bool:
    """Whether SQLite would make an empty file: a look should leave nothing behind."""
    return connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists()


def place() -> str:
    where = connection.settings_dict
    return str(where["HOST"] or where["NAME"])


def advice() -> str:
    return MEND_FILE if connection.vendor == "sqlite" else START_POSTGRES


def _asked() -> tuple[str, bool]:
    """The server's name and version, and whether it refuses writes."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("SELECT sqlite_version(), (SELECT count(*) FROM sqlite_master)")
            return f"SQLite {cursor.fetchone()[0]}", False
        cursor.execute("SHOW server_version")
        version = str(cursor.fetchone()[0]).split()[0]
        cursor.execute("SHOW transaction_read_only")
        return f"PostgreSQL {version}", cursor.fetchone()[0] == "on"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
