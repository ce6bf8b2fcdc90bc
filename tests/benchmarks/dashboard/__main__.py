"""How long the dashboard takes at a million predictions, on a Postgres of its own.

``python -m tests.benchmarks.dashboard [--images 1000000] [--rounds 5] [--explain]`` prints the
server's milliseconds for each span of time and the time to first paint in Chromium, and with
``--explain`` the slowest queries and how Postgres answers them. ``--database URL`` measures in a
database that is there already, and fills it where it is empty. "Work" is the processor's time,
ours and Postgres' together: what the server would take on a machine on which nobody else works.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.request import urlopen

from tests.benchmarks.ground import ground, processor_time, timed

BAR = 1000  # milliseconds to first paint
SPANS = ("24h", "7d", "30d", "90d")
SLOW = 0.02  # seconds from which on a query is explained
ADDRESSES = (*(f"/dashboard/?range={span}" for span in SPANS), "/dashboard/live/?range=7d")


def main(arguments: argparse.Namespace) -> None:
    with ground(arguments.database):
        from django.core.management import call_command

        from labelling.models import Image, Prediction
        from tests.benchmarks.dashboard.rows import credentials, fill

        if not Image.objects.exists():
            fill(arguments.images)
        print(f"{Prediction.objects.count():,} predictions\n")
        call_command("collectstatic", interactive=False, verbosity=0)
        server(arguments)
        with web(arguments.port) as url:
            sys.exit(paint(url, *credentials(), rounds=arguments.rounds))


def server(arguments: argparse.Namespace) -> None:
    """Print what each address takes without a network, and how many queries."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from labelling.models import User
    from tests.benchmarks.dashboard.rows import NAME

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=NAME))
    print("| address | server, ms | work, ms | queries | the slowest, ms |")
    print("| --- | ---: | ---: | ---: | ---: |")
    seen: dict[str, float] = {}
    for address in ADDRESSES:
        client.get(address)
        began = processor_time()
        times = [timed(client.get, address)[1] for _ in range(arguments.rounds)]
        worked = (processor_time() - began) / arguments.rounds
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        slowest = max(captured.captured_queries, key=lambda query: float(query["time"]))
        took = 1000 * float(slowest["time"])
        print(f"| {address} | {median(times):.0f} | {worked:.0f} | {len(captured)} | {took:.0f} |")
        seen |= {query["sql"]: float(query["time"]) for query in captured.captured_queries}
    if arguments.explain:
        explain(seen)


def explain(seen: dict[str, float]) -> None:
    from django.db import connection

    slow = [sql for sql, took in sorted(seen.items(), key=lambda one: -one[1]) if took >= SLOW]
    with connection.cursor() as cursor:
        for sql in slow:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}")
            print(f"\n{sql[:600]}\n", *(row[0] for row in cursor.fetchall()), sep="\n")


@contextmanager
def web(port: int) -> Iterator[str]:
    """The web server alone, as ``up`` starts it, on this database; gives its address."""
    from aivh.supervisor import parts

    _, *command = parts.web(host="127.0.0.1", port=port, workers=2)
    process = subprocess.Popen([sys.executable, *command])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/health/live")
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The web server does not answer.")


def paint(url: str, name: str, password: str, *, rounds: int) -> Any:
    """Print what a browser with nothing in its cache sees. Returns what is late, or 0."""
    from tests.benchmarks.pages import look, sign_in
    from tests.chromium import running_chromium

    late = []
    print("\n| address | kB | first paint, ms | usable, ms | loaded, ms |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with running_chromium() as browser:
        state = sign_in(browser, url, name, password)
        for address in ADDRESSES[: len(SPANS)]:
            looks = [look(browser, state, url + address) for _ in range(rounds)]
            moments = [median(times) for times in zip(*(t for _, t in looks), strict=True)]
            told = " | ".join(f"{moment:.0f}" for moment in moments)
            print(f"| {address} | {looks[0][0] / 1000:.0f} | {told} |", flush=True)
            if moments[0] > BAR:
                late.append(address)
    return f"More than {BAR} ms: {', '.join(late)}" if late else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8197)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--database", default="", help="a DATABASE_URL")
    main(parser.parse_args())
