"""What the dashboard reads beside the pictures of the queue's site, of which one came each second:
uploads, looks at drift, heartbeats, retrainings with what they learned from, and decisions of
policies."""

import json
from typing import Any

from django.db import connection
from django.utils import timezone

from classifier.monitoring.figures import FIGURES
from classifier.monitoring.look import STEP
from tests.benchmarks.ground import analyse
from tests.benchmarks.queue import rows as queue_rows
from tests.people import ADMINISTRATORS, PASSWORD, make_person
from worker.models import DatasetSnapshot, PolicyEvaluation, RetrainingPolicy, TrainingRun
from worker.services.tallies import count_hours

NAME = "administrator"
RUNS, DECISIONS = 300, 5_000

SUBMISSIONS = """
INSERT INTO labelling_submission (image_id, channel, filename, created_at)
SELECT id, (ARRAY['page', 'api', 'import'])[1 + original::int %% 3], '', received_at
FROM labelling_image
"""
# Of the audit sample one in twenty is settled, most of them human.
AUDIT = """
INSERT INTO labelling_label (image_id, value, gold, settled_at)
SELECT id, CASE WHEN original::int %% 600 = 1 THEN 'ai' ELSE 'human' END, false, received_at
FROM labelling_image WHERE audit AND original::int %% 200 = 1
"""
LOOKS = """
INSERT INTO worker_driftlook (version_id, "window", pictures, number, first_at, last_at, readings,
    alarms, estimates, created_at)
SELECT (SELECT id FROM classifier_modelversion), %s, 200, n * {step},
    now() - (n + 4) * interval '{step} seconds', now() - n * interval '{step} seconds', %s::jsonb,
    CASE WHEN n %% 50 = 0 THEN %s::jsonb ELSE '[]'::jsonb END, %s::jsonb, now()
FROM generate_series(1, %s) n
"""
HEARTBEATS = """
INSERT INTO worker_heartbeat (sent_at, answered_at, seconds, worker, failure)
SELECT now() - n * interval '1 minute', now() - n * interval '1 minute' + interval '1 second', 0.5,
    'one', '' FROM generate_series(1, 43200) n
"""
ITEMS = """
INSERT INTO worker_snapshotitem (snapshot_id, image_id, sha256, label, use, why, "group",
    source, review_ids)
SELECT %s, i.id, i.sha256, l.value, 'train', '', i.sha256, 'page', '[]'
FROM labelling_label l JOIN labelling_image i ON i.id = l.image_id WHERE NOT i.audit
"""


def fill(images: int) -> None:
    """Make everything and let the tallies be counted; some minutes for a million."""
    queue_rows.fill(images)
    with connection.cursor() as cursor:
        for statement in (SUBMISSIONS, AUDIT, HEARTBEATS):
            cursor.execute(statement, [])
        for window in ("pictures", "labels"):
            cursor.execute(LOOKS.format(step=STEP), [window, *_found(), images // STEP])
        cursor.execute(ITEMS, [_learned().pk])
    make_person(NAME, ADMINISTRATORS, is_staff=True)
    analyse()
    count_hours(seconds=float("inf"))
    analyse()


def _learned() -> DatasetSnapshot:
    """What the last of many retrainings learned from; and as many decisions of a policy."""
    snapshot = DatasetSnapshot.objects.create(digest="5" * 64, ai=1, human=1, gold=0)
    policy, now = RetrainingPolicy.objects.all()[0], timezone.now()
    TrainingRun.objects.bulk_create(
        TrainingRun(state="rejected", outcome="It is worse.", snapshot=snapshot, finished_at=now)
        for _ in range(RUNS)
    )
    PolicyEvaluation.objects.bulk_create(
        PolicyEvaluation(policy=policy, at=now, last_at=now, decision="refuse", reason="waiting")
        for _ in range(DECISIONS)
    )
    return snapshot


def _found() -> list[str]:
    """Readings, alarms and estimates as a look writes them."""
    readings: list[dict[str, Any]] = [
        {
            "figure": figure.name,
            "layer": figure.layer,
            "against": against,
            "measure": "Kolmogorov-Smirnov distance",
            "by": 0.05,
            "what": "median",
            "before": 0.4,
            "after": 0.42,
            "p_value": 0.3,
            "beyond": False,
        }
        for figure in FIGURES
        for against in ("trained_on", "last_month")
    ]
    alarm = {"figure": "width", "layer": "input", "against": "trained_on", "sentence": "It moved."}
    share = {"name": "live_accuracy", "value": 0.9, "low": 0.85, "high": 0.94, "n": 150}
    return [json.dumps(part) for part in (readings, [alarm], [share])]


def credentials() -> tuple[str, str]:
    return NAME, PASSWORD
