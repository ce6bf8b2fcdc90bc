"""A program of its own, run by ``test_races.py``: many threads at once on a real database.

``python -m tests.worker.race`` runs each race on the database that the environment names, which is
migrated, and prints how it ended as JSON.
"""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from classifier.models import ModelVersion  # noqa: E402
from classifier.services import promote_version, register_version  # noqa: E402
from classifier.vocabulary import Label  # noqa: E402
from labelling.models import Embedding, Evidence, Image, Prediction, User  # noqa: E402
from tests.classifier.detector.provenance.files import put_into_png, text  # noqa: E402
from tests.worker.conftest import make_image, settle_pictures  # noqa: E402
from tests.worker.small import picture, small_bundle  # noqa: E402
from worker.models import DatasetSnapshot, RetrainingPolicy, TrainingRun  # noqa: E402
from worker.services import cancelling as cancelling_service  # noqa: E402
from worker.services import (  # noqa: E402
    inference,
    policy_changes,
    promotion,
    retraining,
    snapshots,
    tallies,
)
from worker.tally_queries import total_by_key  # noqa: E402

AT_ONCE = 8
ROUNDS = 10


def race(work: Callable[[], Any]) -> Counter[str]:
    """Start it eight times at one moment; count how each ended."""
    start = threading.Barrier(AT_ONCE)

    def run(_: int) -> str:
        start.wait()
        try:
            return repr(work())
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, range(AT_ONCE)))


def requests() -> dict[str, int]:
    """Everybody presses the button."""
    return race(lambda: retraining.request_retraining(by=None, dispatch=False).state.value)


def claims() -> dict[str, int]:
    """Every worker got the message."""
    run = TrainingRun.objects.get()
    return race(lambda: retraining.claim(run.pk))


def freezing() -> dict[str, int]:
    ended = race(lambda: snapshots.freeze_snapshot().human)
    return {**ended, "snapshots": DatasetSnapshot.objects.count()}


def classifying() -> dict[str, int]:
    settings_of_a_generator = text("parameters", "a fox\nSteps: 20, Sampler: Euler a")
    image = make_image(put_into_png(picture(Label.AI, 5001), settings_of_a_generator))
    ended = race(lambda: inference.classify_image(image_id=image.pk))
    models = {"predictions": Prediction, "embeddings": Embedding, "evidence": Evidence}
    rows = {name: model.objects.filter(image=image).count() for name, model in models.items()}
    return {**ended, **rows}


def sending() -> dict[str, int]:
    """Every sweeper saw the same picture waiting."""
    image = make_image(picture(Label.AI, 5000))
    with patch.object(inference, "send", return_value=True):
        return race(lambda: inference.send_waiting(image_ids=[image.pk]))


def cancelling() -> dict[str, int]:
    """A retraining ends well in the moment in which somebody cancels it, again and again.

    Both sides must agree: it went live and could not be cancelled, or the other way round.
    """
    TrainingRun.objects.all().delete()
    return dict(Counter(cancel_at_the_end(number) for number in range(ROUNDS)))


def cancel_at_the_end(number: int) -> str:
    version = ModelVersion.objects.create(number=100 + number, digest=f"race-{number}")
    run = TrainingRun.objects.create(state="running", attempts=1)
    result: Any = SimpleNamespace(decision=SimpleNamespace(to_dict=lambda: {"rows": []}))
    ends: list[Callable[[], object]] = [
        partial(promotion.settle, run, version, "promoted", "promoted: it ended well", result),
        lambda: cancelling_service.cancel_run(run_id=run.pk, by=None).state,
    ]
    turns = itertools.cycle(ends)

    def one_of_both() -> object:
        end = next(turns)
        return end()

    ended = race(one_of_both)
    row = TrainingRun.objects.get()
    TrainingRun.objects.all().delete()
    promoted = row.state == "promoted" and row.cancel_asked_at is None
    cancelled = row.state == "running" and row.cancel_asked_at is not None
    if promoted and ended == {"None": 1, "Abandoned": AT_ONCE // 2 - 1, "Conflict": AT_ONCE // 2}:
        return "agreed"
    if cancelled and ended == {"Abandoned": AT_ONCE // 2, "'running'": AT_ONCE // 2}:
        return "agreed"
    return f"{row.state}, {row.cancel_asked_at}: {dict(ended)}"


def counting() -> dict[str, int]:
    """Several clocks tell several workers to count hours that are over."""
    later = timezone.now() + timedelta(hours=2)
    with patch.object(tallies.timezone, "now", return_value=later):
        ended = race(tallies.count_hours)
    surplus = total_by_key("image")[""] - Image.objects.count()
    return {**ended, "surplus": surplus}


def making_policies() -> dict[str, int]:
    """Administrators' programs make policies where there is room for one more."""
    administrator = User.objects.create_superuser("ada")
    numbers = itertools.count()

    def make() -> bool:
        name = f"policy {next(numbers)}"
        return bool(policy_changes.make_policy(rules={"name": name}, by=administrator))

    for _ in range(policy_changes.MOST - RetrainingPolicy.objects.count() - 1):
        make()
    now = timezone.now

    def slowly() -> datetime:
        time.sleep(0.05)  # between counting the policies and storing one
        return now()

    with patch.object(policy_changes, "timezone", SimpleNamespace(now=slowly)):
        ended = race(make)
    return {**ended, "surplus": RetrainingPolicy.objects.count() - policy_changes.MOST}


if __name__ == "__main__":
    bundle = small_bundle(Path(settings.DATA_DIR) / "small")
    promote_version(version=register_version(bundle=bundle.path))
    settle_pictures(Label.HUMAN, range(25), by=User.objects.create_user("rosa"))
    races = (
        *(requests, claims, freezing, classifying, sending, cancelling, counting),
        making_policies,
    )
    print(json.dumps({runner.__name__: runner() for runner in races}))
