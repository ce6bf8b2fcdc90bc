"""What counting costs a request: the same one with the middleware and without, in turn.

``python -m tests.benchmarks.counting [--rounds 4000]``. The counts go to a Redis that is not there,
the worst case for the thread that sends them.
"""

import argparse
import time

import numpy as np

from tests.benchmarks.ground import SQLITE, ground


def main(rounds: int) -> None:
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory

    from aivh.metrics.requests import CountRequests

    answer = HttpResponse("")

    def bare(_: HttpRequest) -> HttpResponse:
        return answer

    counted, request = CountRequests(bare), RequestFactory().get("/health/live")
    gaps = []
    for _ in range(rounds):
        begun = time.perf_counter()
        bare(request)
        between = time.perf_counter()
        counted(request)
        gaps.append((time.perf_counter() - between - (between - begun)) * 1e6)
    p50, p95, p99 = np.percentile(gaps, [50, 95, 99])
    print(f"Counting a request takes {p50:.1f} µs (p95 {p95:.1f}, p99 {p99:.1f}) of {rounds}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4000)
    arguments = parser.parse_args()
    with ground(SQLITE):
        main(arguments.rounds)
