"""A program of its own, run by ``test_erase_races.py``: a picture goes for good meanwhile.

``python -m tests.labelling.erase_race NAME STATE`` runs the race on the database that the
environment names, which is migrated, and prints what it left behind as JSON. The picture that goes
is in this state.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import django

django.setup()

from labelling import renditions  # noqa: E402
from labelling.models import AuditEntry, Image, Submission  # noqa: E402
from labelling.renditions import rendition  # noqa: E402
from labelling.services import submit as submitting  # noqa: E402
from labelling.services.deletion import erase_image  # noqa: E402
from labelling.storage import WholeFileStorage  # noqa: E402
from tests.labelling.pictures import noise  # noqa: E402
from tests.labelling.race import left_behind, race, submit  # noqa: E402
from tests.people import ADMINISTRATORS, make_person  # noqa: E402

LONG_ENOUGH = 1.0  # seconds in which erasing ends where nothing holds it up


@contextmanager
def erased_when(room: Any, name: str) -> Iterator[Counter[str]]:
    """Somebody erases the only picture just before ``name`` is first called; how that ended."""
    alex, image_id = make_person("alex", ADMINISTRATORS, is_staff=True), Image.objects.get().pk
    real: Callable[..., Any] = getattr(room, name)
    outcomes: Counter[str] = Counter()
    with ThreadPoolExecutor(1) as pool:

        def erase() -> None:
            outcomes.update(race(lambda: erase_image(image_id=image_id, by=alex)))

        def call_late(*given: Any, **named: Any) -> Any:
            with patch.object(room, name, real):
                wait([pool.submit(erase)], timeout=LONG_ENOUGH)
                return real(*given, **named)

        with patch.object(room, name, call_late):
            yield outcomes


def found() -> dict[str, Any]:
    """Known bytes come; their row is found, and goes before it is held."""
    return _hand_in("lock_image")


def held() -> dict[str, Any]:
    """Known bytes come; their row is held already."""
    return _hand_in("keep_original")


def drawn() -> dict[str, Any]:
    """A copy is drawn; the picture goes before the copy is stored."""
    return _draw(renditions, "keep_copy")


def stored() -> dict[str, Any]:
    """A copy is drawn; the picture goes while it is being stored."""
    return _draw(WholeFileStorage, "save")


def _hand_in(moment: str) -> dict[str, Any]:
    with erased_when(submitting, moment) as erasing:
        coming = race(lambda: submit(noise()))
    return {"coming": coming, "erasing": erasing, "submissions": Submission.objects.count()}


def _draw(room: Any, moment: str) -> dict[str, Any]:
    image = Image.objects.get()
    with erased_when(room, moment) as erasing:
        drawing = race(lambda: rendition(image, "thumb"))
    return {"drawing": drawing, "erasing": erasing}


def main(name: str, state: str) -> dict[str, Any]:
    submit(noise())
    Image.objects.update(state=state)
    left = RACES[name]()
    erased = AuditEntry.objects.filter(action="image.erased").count()
    return {**left, **left_behind(), "erased": erased}


RACES = {runner.__name__: runner for runner in (found, held, drawn, stored)}

if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
