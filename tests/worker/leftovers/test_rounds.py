"""How a round goes on where the last one stopped, and what stops it."""

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labelling.models import Image
from tests.labelling.traces import stored_files
from tests.worker.leftovers.conftest import MINUTE, digest, original, store, written
from tests.worker.snapshots import freeze
from tests.worker.stubborn_storage import refuse_to_delete
from worker.models import DatasetSnapshot
from worker.services.jobs.files import MOST_FAILURES
from worker.services.leftovers import discarding, kinds
from worker.services.leftovers.discarding import (
    AGE,
    MOST_UNKNOWN,
    discard_leftovers,
)
from worker.services.manifest import manifest_name
from worker.tasks import discard_leftovers as task

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def rows(*numbers: int) -> list[str]:
    """Pictures with rows and files; gives the names of those."""
    made = [
        Image(sha256=digest(n), original=original(n), width=1, height=1, size=1) for n in numbers
    ]
    Image.objects.bulk_create(made)
    return store(*[image.original for image in made])


def test_a_file_goes_when_it_is_a_week_old_and_not_a_second_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now().replace(microsecond=0)
    monkeypatch.setattr(discarding, "timezone", SimpleNamespace(now=lambda: now))
    store(original(1), original(2))
    written(original(1), now - AGE)
    written(original(2), now - AGE + SECOND)

    assert timedelta(days=7) == AGE
    assert discard_leftovers()["deleted"] == 1

    assert stored_files() == [original(2)]


def test_what_is_older_than_the_database_is_not_its_own() -> None:
    made = (timezone.now() - timedelta(days=30)).replace(microsecond=0)
    MigrationRecorder(connection).migration_qs.update(applied=made)
    store(original(1), original(2))
    written(original(1), made - SECOND)
    written(original(2), made)

    assert discard_leftovers()["deleted"] == 1

    assert stored_files() == [original(1)]


def test_a_database_that_does_not_know_when_it_was_made_owns_nothing() -> None:
    MigrationRecorder(connection).migration_qs.all().delete()
    names = store(original(1))
    assert discard_leftovers() == {"seen": 1}
    assert stored_files() == names


def test_where_most_pictures_are_unknown_it_is_another_sites_storage(
    caplog: pytest.LogCaptureFixture,
) -> None:
    strange = store(*[original(number) for number in range(MOST_UNKNOWN + 1)])
    own = rows(*range(100, 100 + MOST_UNKNOWN))
    copy = store(f"renditions/{digest(1)}/thumb.webp")

    assert discard_leftovers() == {"seen": 2 * MOST_UNKNOWN + 1}

    assert stored_files() == sorted(strange + own + copy)
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "21 of 41 files have no row: is this the right database?" in caplog.text
    assert told.getMessage() == "The files in images/ were not looked through to the end."


def test_as_many_unknown_as_known_pictures_are_leftovers() -> None:
    store(*[original(number) for number in range(MOST_UNKNOWN + 1)])
    own = rows(*range(100, 101 + MOST_UNKNOWN))
    assert discard_leftovers()["deleted"] == MOST_UNKNOWN + 1
    assert stored_files() == own


def test_pictures_of_a_snapshot_that_was_carried_here_stay() -> None:
    carried = store(*[original(number) for number in range(3)])
    own = store(original(7))
    manifest = manifest_name(freeze([digest(number) for number in range(3)]))

    assert discard_leftovers()["deleted"] == 1

    assert stored_files() == sorted([*carried, manifest])
    assert own[0] not in stored_files()


def test_pictures_of_the_sites_own_snapshot_that_were_deleted_go() -> None:
    store(original(1))
    snapshot = freeze([digest(1)])
    DatasetSnapshot.objects.create(digest=snapshot, manifest="m", ai=1, human=0, gold=0)
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == [manifest_name(snapshot)]


def test_beside_a_manifest_that_cannot_be_read_no_original_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = store(original(1), manifest_name(digest(5)))
    store(f"renditions/{digest(1)}/thumb.webp")

    assert discard_leftovers()["deleted"] == 0
    assert "images/ were not looked through" in caplog.text
    assert discard_leftovers()["deleted"] == 1  # the next round goes on behind

    assert stored_files() == names


def test_each_round_goes_on_where_the_last_one_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discarding, "BATCH", 3)
    own = rows(*range(0, 20, 2))
    store(*[original(number) for number in range(1, 20, 2)])
    looked_up, honest = [], kinds._of_pictures

    def counting(names: list[str]) -> set[str]:
        looked_up.append(len(names))
        return honest(names)

    monkeypatch.setattr(kinds, "_of_pictures", counting)

    left = [discard_leftovers(seconds=0)["deleted"] for _ in range(40)]

    assert sum(left) == 10
    assert set(left) == {0, 1}
    assert stored_files() == own
    assert max(looked_up) == 3


def test_a_pass_that_is_through_begins_anew() -> None:
    store(original(5))
    assert discard_leftovers()["deleted"] == 1
    store(original(1))
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == []


def test_a_cache_that_has_forgotten_the_place_costs_another_look() -> None:
    rows(1)
    store(original(2))
    discard_leftovers(seconds=0)
    cache.clear()
    for _ in range(10):
        discard_leftovers(seconds=0)
    assert stored_files() == [original(1)]


def test_one_that_cannot_be_deleted_keeps_no_other_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, *_ = store(original(1), original(2), original(3))
    with monkeypatch.context() as patched:
        asked = refuse_to_delete(patched, lambda name: name == stuck)
        assert discard_leftovers() == {"seen": 3, "deleted": 2, "failed": 1}
    assert asked == [original(1), original(2), original(3)]
    assert stored_files() == [stuck]
    assert not Image.objects.exists()
    assert f"The file {stuck}, which no row names, cannot be deleted." in caplog.text

    assert discard_leftovers() == {"seen": 1, "deleted": 1}


def test_a_storage_that_refuses_again_and_again_is_left_until_the_next_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows(*range(100, 120))
    store(*[original(number) for number in range(MOST_FAILURES + 2)])
    with monkeypatch.context() as patched:
        asked = refuse_to_delete(patched, lambda _: True)
        assert discard_leftovers()["failed"] == MOST_FAILURES
        assert discard_leftovers()["failed"] == 2

    assert len(asked) == len(set(asked)) == MOST_FAILURES + 2


def test_a_storage_that_breaks_off_while_it_is_listed_leaves_that_folder_to_the_next_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discarding, "BATCH", 1)
    names = store(original(1), original(2))
    store(f"renditions/{digest(1)}/thumb.webp")
    honest = discarding.stored_files

    def breaking(folder: str, *, after: str = "") -> object:
        for file in honest(folder, after=after):
            if file.name == original(2):
                raise OSError("the bucket does not answer")
            yield file

    with monkeypatch.context() as patched:
        patched.setattr(discarding, "stored_files", breaking)
        assert discard_leftovers() == {"seen": 1, "deleted": 1}
        assert discard_leftovers() == {"seen": 1, "deleted": 1}
    assert stored_files() == [names[1]]
    assert discard_leftovers()["deleted"] == 1
    assert stored_files() == []


def test_a_batch_costs_one_query_and_each_leftover_original_a_few(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    rows(*range(50))
    store(*[f"renditions/{digest(number)}/thumb.webp" for number in range(50)])
    with django_assert_num_queries(3):  # when the database was made, and a look at each folder
        discard_leftovers()
    store(original(100))
    with django_assert_num_queries(
        7
    ):  # and the row that is claimed, in a transaction, is given back
        assert discard_leftovers()["deleted"] == 1


def test_what_was_found_is_logged_by_name_and_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=discarding.__name__)
    rows(1)
    store(original(2))
    task()
    assert caplog.messages == [
        f"The file {original(2)}, which no row names, was deleted.",
        "Of 2 stored files 1 that no row names were deleted, and 0 could not be.",
    ]
    caplog.clear()
    task()
    assert caplog.messages == []


def test_what_is_young_is_kept_whatever_its_kind() -> None:
    names = store(
        original(1),
        f"renditions/{digest(1)}/thumb.webp",
        f"explanations/{digest(1)}/{digest(2)}-1.png",
        "imports/abcdefghijklmnopqrstuv.zip",
        "exports/12-abcdefghijklmnop.csv",
        f"images/00/.{digest(1)}.jpg.{'0a' * 16}",
        age=AGE - MINUTE,
    )
    assert discard_leftovers() == {"seen": 6}
    assert stored_files() == names
