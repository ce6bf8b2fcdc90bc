"""A folder of pictures, and a site that takes them."""

import os
from pathlib import Path

import pytest

from tests.servers.scripted import Answer, Scripted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, two of the same bytes, and what is none."""
    folder = tmp_path / "pictures"
    (folder / "below" / ".hidden").mkdir(parents=True)
    for name in ("a.jpg", "below/a-again.JPEG", "b.png"):
        (folder / name).write_bytes(name[-4:].lower().replace("jpeg", ".jpg").encode())
    for name in ("notes.txt", ".thumb.jpg", "below/.hidden/c.jpg"):
        (folder / name).write_bytes(b"nothing to send")
    return folder


@pytest.fixture
def server(signed_in: Scripted) -> Scripted:
    signed_in.default = Answer({"id": "0b7f"}, 202)
    return signed_in


@pytest.fixture
def odd(folder: Path) -> list[Path]:
    """Two names that are no UTF-8, as on many an old disk, and differ in nothing else."""
    names = [b"caf\xe8.jpg", b"caf\xe9.jpg"]
    paths = [folder / os.fsdecode(name) for name in names]
    for path in paths:
        path.write_bytes(os.fsencode(path.name))
    return paths


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("connection", "upload.command"):
        monkeypatch.setattr(f"aivh_client.{place}.PATIENCE", 0.1)
