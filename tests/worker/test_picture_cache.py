"""A cache of pictures: whole or absent, bounded, and shared by processes."""

import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from worker.picture_cache import PictureCache


def content(number: int, size: int = 1000) -> tuple[str, bytes]:
    data = number.to_bytes(4) * (size // 4)
    return sha256(data).hexdigest(), data


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.glob("??/*") if not path.name.startswith(".")]


def test_what_is_kept_is_read_as_it_was(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path / "c", max_bytes=10_000)
    digest, data = content(1)
    assert cache.read(digest) is None
    cache.keep(digest, data)
    assert cache.read(digest) == data
    assert PictureCache(tmp_path / "c", max_bytes=10_000).read(digest) == data


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, max_bytes=10_000)
    with pytest.raises(ValueError, match="These bytes are not"):
        cache.keep(content(1)[0], b"something else")
    assert kept(tmp_path) == []


def test_changed_bytes_are_a_miss_and_go(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, max_bytes=10_000)
    digest, data = content(1)
    cache.keep(digest, data)
    (path,) = kept(tmp_path)
    path.write_bytes(data[:-1])
    assert cache.read(digest) is None
    assert kept(tmp_path) == []


def test_the_bound_holds_and_what_was_read_last_stays(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, max_bytes=10_000)
    first, data = content(0)
    cache.keep(first, data)
    for number in range(1, 40):
        cache.keep(*content(number))
        assert cache.read(first) == data
        assert sum(path.stat().st_size for path in kept(tmp_path)) <= 10_500
        age(tmp_path)
    assert cache.read(content(39)[0]) == content(39)[1]
    assert cache.read(content(1)[0]) is None


def age(folder: Path) -> None:
    """Let a second pass for all files, so that their order does not hang on the clock's steps."""
    for path in kept(folder):
        seen = path.stat().st_mtime
        os.utime(path, (seen - 1, seen - 1))


def test_one_that_is_forgotten_is_gone(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, max_bytes=10_000)
    digest, data = content(1)
    cache.keep(digest, data)
    cache.forget(digest)
    cache.forget(digest)
    assert cache.read(digest) is None


def test_half_files_of_dead_writers_are_swept_and_those_of_live_ones_left(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, max_bytes=10_000)
    cache.keep(*content(1))
    dead, live = tmp_path / "ab" / ".dead", tmp_path / "ab" / ".live"
    dead.parent.mkdir(exist_ok=True)
    for path in (dead, live):
        path.write_bytes(b"half")
    os.utime(dead, (time.time() - 7200,) * 2)
    cache.trim()
    assert (dead.exists(), live.exists()) == (False, True)


WRITER = """
import sys
from hashlib import sha256
from pathlib import Path
from worker.picture_cache import PictureCache
cache = PictureCache(Path(sys.argv[1]), max_bytes=20_000)
for number in range(400):
    data = (number % 60).to_bytes(4) * 250
    digest = sha256(data).hexdigest()
    found = cache.read(digest)
    assert found in (None, data)
    cache.keep(digest, data)
"""


def test_several_processes_share_one_folder(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in processes:
        _, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint.decode()
    PictureCache(tmp_path, max_bytes=20_000).trim()
    files = kept(tmp_path)
    assert sum(path.stat().st_size for path in files) <= 20_000
    assert all(sha256(path.read_bytes()).hexdigest() == path.name for path in files)
    assert not list(tmp_path.glob("??/.*"))
