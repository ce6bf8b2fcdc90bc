"""How long a page of the gallery takes among 100,000 pictures, for each sort and filter.

``python -m tests.benchmarks.gallery [--images 100000] [--rounds 5] [--only WORD]`` prints the
median milliseconds of the first and of the deepest page for three people, on a Postgres of its
own; ``--database sqlite`` on SQLite, ``--database URL`` in a database that is there already, which
is filled where it is empty. ``--work`` takes the processor's time in the mean, ours and the
database's together, for a machine on which others work. ``--explain`` prints, of what is late, how
the database finds it.
"""

import argparse
import sys
from statistics import median
from typing import Any

from tests.benchmarks.ground import ground, processor_time, timed

BAR = 300  # milliseconds that a page may take
PEOPLE = ("reviewer", "administrator", "uploader-1")
DEEP = 100  # the last page that one can turn to
SEARCHES = (
    "",
    "sort=oldest",
    "sort=uncertain",
    "sort=ai",
    "sort=human",
    "sort=largest",
    "verdict=ai",
    "verdict=human",
    "verdict=uncertain",
    "probability_from=40&probability_to=60",
    "probability_from=99.99",
    "label=settled",
    "label=unsettled",
    "label=ai",
    "label=unusable",
    "label=gold",
    "state=waiting",
    "state=failed",
    "state=flagged",
    "state=disputed",
    "state=audit",
    "disagreement=people",
    "disagreement=label",
    "disagreement=versions",
    "name=img_",
    "name=12345",
    "name=nowhere",
    "source=import",
    "uploader=uploader-7",
    "version=6",
    "version=7",
    "received_from=2026-02-01&received_to=2026-02-02",
    "similar={alike}",
    "verdict=ai&label=unsettled&sort=uncertain",
    "name=12345&verdict=human&sort=ai",
    "disagreement=label&sort=largest",
)


def main(arguments: argparse.Namespace) -> None:
    with ground(arguments.database):
        from labelling.models import Image
        from tests.benchmarks.gallery.rows import fill

        if not Image.objects.exists():
            fill(arguments.images)
        print(f"{Image.objects.count():,} pictures\n")
        sys.exit(measure(arguments))


def measure(arguments: argparse.Namespace) -> str | int:
    """Print the table. Returns what is late, or 0."""
    from labelling.models import User

    people = [User.objects.get(username=name) for name in PEOPLE]
    columns = [f"{name}, {page}" for name in PEOPLE for page in ("first", "deep")]
    print(f"| search | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}")
    late: list[tuple[Any, str]] = []
    for search in SEARCHES:
        if arguments.only not in search:
            continue
        cells = []
        for person in people:
            query = search.format(alike=_known_to(person))
            for number in (1, DEEP):
                took = _page(person, f"{query}&page={number}", arguments)
                cells.append(f"{took:.0f}")
                if took > BAR:
                    late.append((person, f"{query}&page={number}"))
        print(f"| {search or 'newest'} | {' | '.join(cells)} |", flush=True)
    if arguments.explain:
        for person, query in late:
            explain(person, query)
    names = ", ".join(f"{person} {query}" for person, query in late)
    return f"More than {BAR} ms: {names}" if late else 0


def _page(person: Any, words: str, arguments: argparse.Namespace) -> float:
    """Milliseconds of a page's data, as ``labelling.pages.images`` gathers them."""
    if not arguments.work:
        return median(timed(_gather, person, words)[1] for _ in range(arguments.rounds))
    began = processor_time()
    for _ in range(arguments.rounds):
        _gather(person, words)
    return (processor_time() - began) / arguments.rounds


def _gather(person: Any, words: str) -> None:
    from django.http import QueryDict

    from labelling.models import User
    from labelling.pages import gallery
    from labelling.search import find

    asker = User.objects.get(pk=person.pk)  # what may be is asked anew with each page
    query = QueryDict(words)
    found = find(asker, query)
    page = gallery.page_of(found, query)
    gallery.counted(found)
    gallery.tiles(page.images, asker)


def _known_to(person: Any) -> str:
    """A picture that this person may see and the detector has seen."""
    from labelling.queries import visible_images

    return str(visible_images(person).filter(embeddings__isnull=False).values_list("pk")[0][0])


def explain(person: Any, words: str) -> None:
    from django.http import QueryDict

    from labelling.pages.gallery import COUNTED, PAGE
    from labelling.search import find

    query = QueryDict(words)
    images = find(person, query).images
    start = PAGE * (int(query["page"]) - 1)
    wanted: dict[str, Any] = {"analyze": True, "buffers": True} if _speaks_postgres() else {}
    print(f"\n{person}, {words}\n")
    print(images[start : start + PAGE + 1].explain(**wanted))
    print(f"\nand counted\n\n{images.order_by()[: COUNTED + 1].explain(**wanted)}")


def _speaks_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="searches that have this in them")
    parser.add_argument("--work", action="store_true")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--database", default="", help="sqlite, or a DATABASE_URL")
    main(parser.parse_args())
