"""How long the next picture takes at a million of them, on a Postgres of its own.

``python -m tests.benchmarks.queue [--images 1000000] [--turns 200] [--explain]`` prints a table,
and with ``--explain`` how Postgres finds the heads of the lanes. ``--database URL`` measures in a
database that is there already, and fills it where it is empty.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import numpy as np

from tests.benchmarks.ground import ground, processor_time, timed

BAR = 50  # milliseconds that the next picture may take


def main(arguments: argparse.Namespace) -> None:
    with ground(arguments.database):
        measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    from labelling.models import Image
    from labelling.queue import again_count, waiting_count
    from labelling.services.places import refresh_places
    from labelling.services.review import record_review
    from labelling.services.turns import skip_turn, take_turns
    from tests.benchmarks.queue import rows
    from tests.people import REVIEWERS, make_person

    if not Image.objects.exists():
        rows.fill(arguments.images)
    print(f"{Image.objects.count():,} pictures\n")
    fresh, tired = (make_person(f"{name}-{uuid4()}", REVIEWERS) for name in ("fresh", "tired"))
    table: list[tuple[str, str, str, str]] = []

    def note(what: str, times: list[float]) -> None:
        p50, p95, most = np.percentile(times, [50, 95, 100])
        table.append((what, f"{p50:.1f}", f"{p95:.1f}", f"{most:.1f}"))

    def turns_of(person: Any) -> tuple[list[float], list[float]]:
        taking, answering = [], []
        for _ in range(arguments.turns):
            (showing,), seconds = timed(take_turns, reviewer=person, limit=1)
            taking.append(seconds)
            vote = {"image_id": showing.image_id, "reviewer": person, "answer": "human"}
            answering.append(timed(record_review, **vote)[1])
        return taking, answering

    taking, answering = turns_of(fresh)
    note("next turn", taking)
    note("an answer", answering)
    began = processor_time()
    for _ in range(arguments.turns):
        (showing,) = take_turns(reviewer=fresh, limit=1)
        skip_turn(reviewer=fresh, image_id=showing.image_id)
    worked = (processor_time() - began) / arguments.turns
    note("four turns at once, for a new page", four_at_once(take_turns, make_person, REVIEWERS))
    note("how many wait", [timed(waiting_count, fresh)[1] for _ in range(20)])
    for unsure in (2_000, 20_000):
        rows.be_unsure(tired, unsure - tired.reviews.count())
        note(f"next turn, unsure about the first {unsure:,}", turns_of(tired)[0])
    note("how many wait, for them", [timed(waiting_count, tired)[1] for _ in range(20)])
    note("how many again, for them", [timed(again_count, tired)[1] for _ in range(20)])
    for size in (1, 500):
        ids = [rows.sample_of_ids(size) for _ in range(10)]
        times = [timed(refresh_places, image_ids=some)[1] for some in ids]
        note(f"the places of {size}", times)
    print("| what | p50, ms | p95, ms | most, ms |\n| --- | ---: | ---: | ---: |")
    for row in table:
        print(f"| {' | '.join(row)} |")
    print(f"\nA turn and a skip are {worked:.1f} ms of work, ours and Postgres' together.")
    if arguments.explain:
        explain(tired)
    late = [what for what, _, p95, _ in table if "next turn" in what and float(p95) > BAR]
    sys.exit(f"More than {BAR} ms: {', '.join(late)}" if late else 0)


def four_at_once(take: Callable[..., Any], make_person: Any, role: str) -> list[float]:
    people = [make_person(f"new-{uuid4()}", role) for _ in range(20)]
    return [timed(take, reviewer=person, limit=4)[1] for person in people]


def explain(person: Any) -> None:
    """Print how Postgres finds the heads of the lanes."""
    from labelling.drawing import WINDOW, Lane, Lanes, gold_tests, in_order
    from labelling.models import QueuePolicy

    lanes = Lanes(person, QueuePolicy.objects.get())
    queries = {
        "ranked, that nobody voted on": in_order(lanes.fresh(Lane.RANKED))[:WINDOW],
        "audit": in_order(lanes.fresh(Lane.AUDIT))[:1],
        "novel": lanes.novel()[:WINDOW],
        "silent tests": gold_tests(person)[:1],
    }
    for name, query in queries.items():
        print(f"\n{name}\n")
        print(query.explain(analyze=True, buffers=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--database", default="", help="a DATABASE_URL")
    main(parser.parse_args())
