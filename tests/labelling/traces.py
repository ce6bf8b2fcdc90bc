"""Looking at what a test has left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.dispatch import Signal

from labelling.models import Embedding, Image, Prediction, Submission


def stored_files() -> list[str]:
    """The name of every file in the storage, hidden and half-made ones included."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def assert_nothing_was_left() -> None:
    """Neither a row nor a file."""
    for model in (Image, Submission, Prediction, Embedding):
        assert model.objects.count() == 0, model.__name__
    assert stored_files() == []


@contextmanager
def received(signal: Signal) -> Iterator[list[UUID]]:
    """The pictures that the signal names while the block runs."""
    heard: list[UUID] = []

    def listen(image_id: UUID, **_: Any) -> None:
        heard.append(image_id)

    signal.connect(listen)
    try:
        yield heard
    finally:
        signal.disconnect(listen)
