"""Another database in the place of ours, for what asks it in a thread of its own."""

from collections.abc import Callable

import pytest
from django.db import connections

from aivh import env

DatabaseAt = Callable[[str], None]


@pytest.fixture
def database_at(monkeypatch: pytest.MonkeyPatch) -> DatabaseAt:
    """``database_at(url)``: new threads connect to that one; this one's connection stays."""

    def move(url: str) -> None:
        monkeypatch.setattr(env, "DATABASE_URL", url)
        moved = connections.configure_settings({"default": env.database()})["default"]
        monkeypatch.setitem(connections.settings, "default", moved)

    return move
