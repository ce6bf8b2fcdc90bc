"""How long a page of the API's lists takes among a million pictures.

``python -m tests.benchmarks.lists [--images 1000000] [--rounds 5] [--only WORD]`` prints, for
three people, the median milliseconds of the first page and of one in the middle of the list, from
the request to its whole answer, on a Postgres of its own; ``--database sqlite`` on SQLite.
``--explain`` prints, of what takes more than 300 ms, what the database was asked.
"""

import argparse
import os
import sys
from base64 import b64encode
from statistics import median
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.ground import ground, timed

BAR = 300  # milliseconds
OK, NOT_THEIRS = 200, 403
SITE = {"AIVH_ALLOWED_HOSTS": "testserver", "AIVH_RATE_READ": "10000000"}
PEOPLE = ("administrator", "reviewer", "uploader-1")
# The address, and by which field of which model its rows are in order.
LISTS = (
    ("images/", "Image", "received_at"),
    ("images/?sort=oldest", "Image", "received_at"),
    ("images/?sort=largest", "Image", "size"),
    ("images/?verdict=ai", "Image", "received_at"),
    ("images/?verdict=ai,uncertain&probability_from=0.4", "Image", "received_at"),
    ("images/?label=settled", "Image", "received_at"),
    ("images/?state=failed", "Image", "received_at"),
    ("images/?sort=uncertain", "", ""),
    ("images/?received_after=2027-06-01T00:00:00Z", "", ""),
    ("predictions/", "Prediction", "created_at"),
    ("predictions/?version=7", "Prediction", "created_at"),
    ("predictions/?verdict=ai&probability_from=0.99", "Prediction", "created_at"),
    ("reviews/", "Review", "created_at"),
    ("labels/", "Label", "settled_at"),
    ("labels/?value=ai", "Label", "settled_at"),
    ("labels/?since=2027-06-01T00:00:00Z", "", ""),
    ("flags/", "", ""),
    ("disputes/", "", ""),
    ("bin/", "", ""),
)


def main(arguments: argparse.Namespace) -> None:
    os.environ |= SITE
    with ground(arguments.database):
        from labelling.models import Image
        from tests.benchmarks.gallery.rows import fill

        if not Image.objects.exists():
            fill(arguments.images, embeddings=False)
        print(f"{Image.objects.count():,} pictures\n")
        sys.exit(measure(arguments))


def measure(arguments: argparse.Namespace) -> str | int:
    """Print the table. Returns what is late, or 0."""
    columns = [f"{name}, {page}" for name in PEOPLE for page in ("first", "middle")]
    print(f"| list | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}")
    programs = [_program(name) for name in PEOPLE]
    late: list[str] = []
    for address, model, field in LISTS:
        if arguments.only not in address:
            continue
        cells = []
        for person, program in zip(PEOPLE, programs, strict=True):
            for query in ({}, _middle(model, field) if model else None):
                if query is None or _ask(program, address, {}) == NOT_THEIRS:
                    cells.append("")
                    continue
                took = median(_took(program, address, query) for _ in range(arguments.rounds))
                cells.append(f"{took:.0f}")
                if took > BAR:
                    late.append(f"{person} {address}{' in the middle' if query else ''}")
                    if arguments.explain:
                        explain(program, address, query)
        print(f"| `{address}` | {' | '.join(cells)} |", flush=True)
    return f"More than {BAR} ms: {', '.join(late)}" if late else 0


def explain(program: Any, address: str, query: dict[str, str]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        _ask(program, address, query)
    for sql in sorted(asked, key=lambda one: -float(one["time"]))[:2]:
        print(f"\n{sql['time']} s: {sql['sql'][:3000]}\n")


def _program(name: str) -> Any:
    from labelling.models import User
    from tests.labelling.programs import with_token

    return with_token(User.objects.get(username=name))


def _middle(model: str, field: str) -> dict[str, str]:
    """The cursor of the row in the middle, as a page before it would name it."""
    from labelling import models

    rows = getattr(models, model).objects.order_by(field)
    row = rows[rows.count() // 2]
    position = urlencode({"p": f"{row.pk} {getattr(row, field)}"})
    return {"cursor": b64encode(position.encode()).decode()}


def _took(program: Any, address: str, query: dict[str, str]) -> float:
    status, milliseconds = timed(_ask, program, address, query)
    assert status == OK, (address, query, status)
    return milliseconds


def _ask(program: Any, address: str, query: dict[str, str]) -> int:
    """The status of the answer."""
    path, _, filters = address.partition("?")
    parts = "&".join(part for part in (filters, urlencode(query)) if part)
    status: int = program.get(f"/api/v1/{path}?{parts}").status_code
    return status


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--database", default="")
    parser.add_argument("--explain", action="store_true")
    main(parser.parse_args())
