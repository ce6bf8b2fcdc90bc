"""How long counting and reading take at a million predictions, on a Postgres of its own.

``python -m tests.benchmarks.tallies [--images 1000000] [--days 365]`` prints a table: the rounds
that a site takes which has never counted, a round as the clock starts it each minute, what a page
reads, and a scrape of ``/metrics``. ``--database URL`` measures in one that is there already.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.ground import analyse, ground, processor_time, timed

# The newest pictures came a moment ago; the others evenly before them. One in a hundred is
# settled, an hour after it came; one in ten is an audit picture.
IMAGES = """
INSERT INTO labelling_image (id, sha256, original, content_type, width, height, size, state,
    failure_code, failure, received_at, votes_wanted, gold_wanted, unusable, audit)
SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), n::text, 'image/png', 640, 480,
    1000, 'classified', '', '', now() - n * %s * interval '1 second', 1, false, false, n %% 10 = 0
FROM generate_series(1, %s) n
"""
SUBMISSIONS = """
INSERT INTO labelling_submission (image_id, channel, filename, created_at)
SELECT id, 'api', '', received_at FROM labelling_image
"""
PREDICTIONS = """
INSERT INTO labelling_prediction (image_id, version_id, probability_ai, logit, verdict, reasons,
    priority, created_at)
SELECT id, (SELECT id FROM classifier_modelversion), p, 0,
    CASE WHEN p < 0.3 THEN 'human' WHEN p > 0.7 THEN 'ai' ELSE 'uncertain' END, '[]', 0, received_at
FROM (SELECT id, received_at, random() AS p FROM labelling_image) i
"""
LABELS = """
INSERT INTO labelling_label (image_id, value, gold, settled_at)
SELECT id, CASE WHEN random() < 0.5 THEN 'ai' ELSE 'human' END, false,
    received_at + interval '1 hour'
FROM labelling_image WHERE original::int % 100 = 0 AND received_at < now() - interval '1 hour'
"""
REVIEWS = """
INSERT INTO labelling_review (image_id, reviewer_id, answer, created_at, silent, adjudicates, note)
SELECT image_id, (SELECT min(id) FROM labelling_user), value, settled_at, false, false, ''
FROM labelling_label
"""

CHARTED = ("verdict", "submission", "review")


def fill(images: int, days: float) -> None:
    from django.db import connection

    from tests.benchmarks.queue.rows import VERSION
    from tests.people import REVIEWERS, make_person

    make_person("voter", REVIEWERS)
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        cursor.execute(IMAGES, [days * 86400 / images, images])
        for statement in (SUBMISSIONS, PREDICTIONS, LABELS, REVIEWS):
            cursor.execute(statement)
    analyse()


def measure(arguments: argparse.Namespace) -> None:
    from django.test import Client
    from django.utils import timezone

    from labelling.models import Image
    from worker.charting.spans import SPANS
    from worker.models import HourlyTally
    from worker.series import tallies
    from worker.services.tallies import ROUND_SECONDS, count_anew, count_hours
    from worker.tally_queries import totals

    if not Image.objects.exists():
        fill(arguments.images, arguments.days)
    print(f"{Image.objects.count():,} pictures\n")
    count_anew()
    rounds: list[float] = []
    chunks = 1
    while chunks:
        chunks, taken = timed(count_hours)
        rounds.append(taken / 1000)
    analyse()
    catching_up = ", ".join(f"{taken:.1f}" for taken in rounds[:-1])
    print(f"Catching up, in rounds of at most {ROUND_SECONDS:.0f} s: {catching_up} s.")
    print(f"{HourlyTally.objects.count():,} tallies.\n")
    print("| what | p50, ms | p95, ms | most, ms | work, ms |\n| --- | ---: | ---: | ---: | ---: |")
    client = Client()
    works: dict[str, Callable[[], Any]] = {
        "a round of counting": count_hours,
        "totals of everything, live": totals,
        "totals of everything, as counted last": lambda: totals(live=()),
        "the dashboard's counts, 24 hours": lambda: tallies(CHARTED, SPANS["24h"], timezone.now()),
        "the dashboard's counts, 90 days": lambda: tallies(CHARTED, SPANS["90d"], timezone.now()),
        "a scrape": lambda: client.get("/metrics"),
    }
    for what, work in works.items():
        print(row(what, work, arguments.times))


def row(what: str, work: Callable[[], Any], times: int) -> str:
    work()
    began = processor_time()
    taken = [timed(work)[1] for _ in range(times)]
    worked = (processor_time() - began) / times
    p50, p95, most = np.percentile(taken, [50, 95, 100])
    return f"| {what} | {p50:.1f} | {p95:.1f} | {most:.1f} | {worked:.1f} |"


def main(arguments: argparse.Namespace) -> None:
    with ground(arguments.database):
        measure(arguments)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--days", type=float, default=365)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--database", default="", help="a DATABASE_URL")
    main(parser.parse_args())
