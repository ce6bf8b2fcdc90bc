"""A program of its own, run by ``test_promotion_races.py``: many who move versions at once.

``python -m tests.worker.promotion_race`` runs each race on the database that the environment
names, which is migrated, and prints how it ended as JSON.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from classifier.models import ModelVersion  # noqa: E402
from classifier.queries import production_version  # noqa: E402
from classifier.services import hold_versions, promote_version, register_version  # noqa: E402
from classifier.vocabulary import Label  # noqa: E402
from tests.worker.challengers import challenger, judged_pictures  # noqa: E402
from tests.worker.small import small_bundle  # noqa: E402
from worker.models import ShadowPair, ShadowTrial, Watch  # noqa: E402
from worker.services import chain  # noqa: E402
from worker.services.live import make_live  # noqa: E402
from worker.services.rollback import roll_back  # noqa: E402
from worker.services.shadow import continue_trial  # noqa: E402
from worker.services.trial import begin_trial  # noqa: E402
from worker.services.watching import raise_alarm  # noqa: E402

State = ModelVersion.State
FOLDER = Path(settings.DATA_DIR) / "small"
numbers = count(2)


def race(*works: Callable[[], Any], times: int = 4) -> Counter[str]:
    """Start each of ``works`` so often at one moment; count how each ended."""
    start = threading.Barrier(len(works) * times)

    def run(work: Callable[[], Any]) -> str:
        start.wait()
        try:
            return repr(work())
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works) * times) as pool:
        return Counter(pool.map(run, works * times))


def new() -> ModelVersion:
    number = next(numbers)
    return challenger(FOLDER / str(number), bias=number / 1000)


def states() -> dict[str, int]:
    return dict(Counter(ModelVersion.objects.values_list("state", flat=True)))


def shadows(champion: ModelVersion, version: ModelVersion) -> str:
    """As a retraining concludes: compare with what answers now, then go into shadow."""
    with transaction.atomic():
        hold_versions()
        if production_version() != champion:
            return "too late"
        begin_trial(version=version, champion=champion, reason="It passed the gate.")
    return "in shadow"


def two_conclude() -> dict[str, Any]:
    champion, first, second = production_version(), new(), new()
    assert champion is not None
    ended = race(lambda: shadows(champion, first), lambda: shadows(champion, second), times=1)
    return {
        "ended": dict(ended),
        "running": ShadowTrial.objects.filter(state="running").count(),
        "overtaken": ShadowTrial.objects.filter(state="overtaken").count(),
        "states": states(),
    }


def all_decide() -> dict[str, Any]:
    """Every worker got the message that ends the trial."""
    judged_pictures(Label.AI, range(8))
    trial = ShadowTrial.objects.get(state="running")
    ended = race(lambda: continue_trial(trial_id=trial.pk))
    return {
        "ended": dict(ended),
        "pairs": ShadowPair.objects.count(),
        "answers": production_version() == trial.version,
        "promotions": trial.version.changes.filter(after=State.PRODUCTION).count(),
        "watches": Watch.objects.filter(state="watching").count(),
    }


def promote_against_rollback() -> dict[str, Any]:
    """One is promoted while somebody goes back: one answers in the end, and all is told."""
    version = new()

    def promote() -> str:
        make_live(version=version, reason="It passed the gate.")
        return "promoted"

    def back() -> str:
        roll_back(by=None)
        return "back"

    ended = race(promote, back, times=1)
    return {
        "once promoted": ended["'promoted'"],
        "ended": sum(ended.values()),
        "answering": states()[State.PRODUCTION],
        "watches": Watch.objects.filter(state="watching").count() <= 1,
        "told": all(row.changes.all()[0].after == row.state for row in ModelVersion.objects.all()),
    }


def all_sound_the_alarm() -> dict[str, Any]:
    live, version = production_version(), new()
    make_live(version=version, reason="It passed the gate.")
    ended = race(lambda: raise_alarm(version_id=version.pk, reason="It does harm.") == live)
    return {
        "ended": dict(ended),
        "answers": production_version() == live,
        "returned": Watch.objects.filter(version=version, state="returned").count(),
    }


if __name__ == "__main__":
    settings.SHADOW_PICTURES = 8
    promote_version(version=register_version(bundle=small_bundle(FOLDER / "1").path))
    races = (two_conclude, all_decide, promote_against_rollback, all_sound_the_alarm)
    with patch.object(chain, "send", return_value=True):
        print(json.dumps({runner.__name__: runner() for runner in races}))
