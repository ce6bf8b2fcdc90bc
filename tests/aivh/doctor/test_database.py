"""The database: away, of another kind, read-only, empty, older and newer than the code."""

from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from aivh.doctor import database
from aivh.doctor.finding import State
from tests.aivh.conftest import DatabaseAt
from tests.aivh.doctor.saying import doubt, failure, finding
from tests.migrated import forget_newest_migration
from tests.site import free_port

pytestmark = pytest.mark.django_db


def test_sqlite_says_its_version_and_place() -> None:
    assert database.database().startswith("SQLite 3.")
    assert Path(database.database().partition(" at ")[2]).name.startswith("tests.sqlite3")
    assert database.migrations() == "all applied"


def test_a_folder_without_a_database_stays_empty(database_at: DatabaseAt, tmp_path: Path) -> None:
    database_at(f"sqlite:///{tmp_path}/none.sqlite3")
    found = finding(database.database)
    assert (found.state, found.words) == (
        State.FAIL,
        f"There is no database yet at {tmp_path}/none.sqlite3",
    )
    assert "manage.py prepare" in found.todo
    assert finding(database.migrations).state == State.WARN
    assert list(tmp_path.glob("none*")) == []


def test_a_file_that_is_no_database(database_at: DatabaseAt, tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite3").write_bytes(b"these are no tables" * 100)
    database_at(f"sqlite:///{tmp_path}/broken.sqlite3")
    found = finding(database.database)
    assert found.state == State.FAIL
    assert "file is not a database" in found.words
    assert found.todo == database.MEND_FILE


def test_a_postgres_that_is_down(database_at: DatabaseAt) -> None:
    database_at(f"postgres://me:opensesame@127.0.0.1:{free_port()}/aivh")
    found = finding(database.database)
    assert found.state == State.FAIL
    assert found.words.startswith("127.0.0.1 cannot be used: connection failed")
    assert found.todo == database.START_POSTGRES
    assert "opensesame" not in found.words
    told = finding(database.migrations)
    assert (told.state, told.todo) == (State.WARN, database.FIRST)


def test_a_postgres_that_hangs(database_at: DatabaseAt, silent_port: int) -> None:
    database_at(f"postgres://me@127.0.0.1:{silent_port}/aivh")
    assert finding(database.database, seconds=0.3).words == "No answer within 0.3 seconds"


@pytest.mark.postgres
def test_a_postgres_without_tables(database_at: DatabaseAt, postgres_url: str) -> None:
    database_at(postgres_url)
    found = finding(database.database)
    assert (found.state, found.words.split()[0]) == (State.OK, "PostgreSQL")
    told = finding(database.migrations)
    assert told.state == State.FAIL
    assert " not applied: " in told.words
    assert told.words.endswith(" more")
    assert told.todo == database.PREPARE


@pytest.mark.postgres
def test_a_postgres_that_takes_no_writes(database_at: DatabaseAt, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as client:
        client.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    database_at(postgres_url)
    found = finding(database.database)
    assert found.state == State.FAIL
    assert found.words.endswith("takes no writes")
    assert "standby" in found.todo


def test_a_migration_that_is_not_applied() -> None:
    newest = forget_newest_migration("worker")
    wrong = failure(database.migrations)
    assert wrong.words.startswith(f"1 not applied: worker.{newest}")
    assert "manage.py prepare" in wrong.todo


def test_a_database_that_is_newer_than_the_code() -> None:
    MigrationRecorder(connection).record_applied("worker", "9999_of_tomorrow")
    wrong = failure(database.migrations)
    assert wrong.words == "The database knows 1 that this code does not: worker.9999_of_tomorrow"
    assert "Bring the code" in wrong.todo


def test_what_needs_the_database_says_why_it_cannot_tell(
    database_at: DatabaseAt, tmp_path: Path
) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="no such table"):
        cursor.execute("SELECT * FROM nowhere")

    def ask() -> str:
        with database.asking(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")
        return ""

    assert doubt(ask).words == "It cannot be told: no such table: nowhere"
