"""Uploads on their way."""

from pathlib import Path

import pytest


@pytest.fixture
def uploads_folder(settings, tmp_path: Path) -> Path:
    """Where files lie while they arrive; nothing may be left in it."""
    folder = tmp_path / "arriving"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    return folder
