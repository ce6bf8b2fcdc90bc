"""Listing the storage, a few names at a time, from the beginning or from behind a name."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from labelling import stored_files as listing
from labelling.stored_files import stored_files

NAMES = [
    "images/.half",
    "images/0a/one.jpg",
    "images/0a/three.jpg",
    "images/0a/two.jpg",
    "images/0a-/four.jpg",
    "images/ff/deep/five.jpg",
    "images/six.jpg",
]


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    for name in [*NAMES, "image/other.jpg", "images.txt"]:
        default_storage.save(name, ContentFile(b"x"))


def names(after: str = "") -> list[str]:
    return [file.name for file in stored_files("images", after=after)]


def test_every_file_below_a_folder_comes_once_in_the_order_of_its_parts() -> None:
    assert names() == NAMES


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_it_goes_on_behind_any_name(place: int) -> None:
    assert names(NAMES[place]) == NAMES[place + 1 :]


def test_it_goes_on_behind_a_name_that_is_gone_with_its_folder() -> None:
    assert names("images/0b/gone.jpg") == NAMES[5:]
    assert names("images/zz/gone.jpg") == []


def test_a_folder_that_is_not_there_has_no_files() -> None:
    assert list(stored_files("renditions")) == []


def test_it_tells_when_a_file_was_written() -> None:
    moment = datetime(2024, 2, 29, 12, 0, 1, tzinfo=UTC)
    os.utime(default_storage.path("images/six.jpg"), (0, moment.timestamp()))
    assert [file.modified_at for file in stored_files("images", after=NAMES[-2])] == [moment]


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.txt").write_text("mine")
    Path(default_storage.path("images/link")).symlink_to(tmp_path / "elsewhere")
    assert names() == [*NAMES[:-1], "images/link", NAMES[-1]]


def test_what_is_deleted_meanwhile_stops_nobody() -> None:
    files = stored_files("images")
    assert next(files).name == NAMES[0]
    default_storage.delete(NAMES[2])
    assert [file.name for file in files] == [NAMES[1], *NAMES[3:]]
