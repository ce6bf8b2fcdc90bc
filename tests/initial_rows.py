"""What migrations put into the database (roles, a policy) is there for every test, in any order.

A test that commits ends with every table emptied, so that in the order in which two processes
share the tests, or of a single file, the next one would find a site without roles.
"""

from collections.abc import Generator

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from tests.migrated import keep_migrated_sqlite

INITIAL = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The database as it is made, and notes of what is in it then."""
    with django_db_blocker.unblock():
        keep_migrated_sqlite()
        request.config.stash[INITIAL] = connection.creation.serialize_db_to_string()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    yield
    if nextitem is not None and _commits(item):  # after the last one the database is gone
        with item.config.stash[blocking_manager_key].unblock():
            _restore(item.config.stash[INITIAL])


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    marked = marker is not None and bool(marker.kwargs.get("transaction"))
    return marked or "transactional_db" in getattr(item, "fixturenames", ())


def _restore(initial: str) -> None:
    """Write the rows that the new database was created with; those made since go first."""
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    connection.creation.deserialize_db_from_string(initial)
