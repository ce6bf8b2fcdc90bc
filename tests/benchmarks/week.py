"""A week of traffic, played into a site: ``python -m tests.benchmarks.week [A_DAY]``.

Into the site that AIVH_DATA_DIR or DATABASE_URL names; migrate it first, and let no worker run
beside it. 200 lab pictures a day are handed in, judged by the shipped detector and looked at by
four simulated reviewers, all with the times at which it would have happened. On the fourth and
fifth day something compresses every picture anew, JPEG of quality 40; from the sixth on nothing
does. Looks at drift are taken as they would have been. Needs ../shared/data; the detector sees each
picture once (ten minutes), kept in the system's temporary folder.
"""

import heapq
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from unittest.mock import MagicMock, patch
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")
django.setup()

import numpy as np  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from classifier.detector.bundle import shipped_bundle_path  # noqa: E402
from classifier.detector.decoding import decode  # noqa: E402
from classifier.detector.detector import Finding  # noqa: E402
from classifier.detector.fingerprint import grey_copy  # noqa: E402
from classifier.detector.provenance import read_provenance  # noqa: E402
from classifier.models import ModelVersion  # noqa: E402
from classifier.queries import production_version  # noqa: E402
from classifier.services import promote_version, register_version  # noqa: E402
from classifier.serving import scorer_of  # noqa: E402
from labelling.models import Submission, User  # noqa: E402
from labelling.permissions import ADMINISTRATORS, REVIEWERS, UPLOADERS  # noqa: E402
from labelling.services.findings import record_finding  # noqa: E402
from labelling.services.review import record_review  # noqa: E402
from labelling.services.submit import submit_image  # noqa: E402
from tests.benchmarks.drift import CACHE, CARELESS, SOURCES  # noqa: E402
from tests.benchmarks.drift_lab import LAB, Seen, as_sent, seen_pictures  # noqa: E402
from worker.models import Alert, DriftLook, RetrainingPolicy  # noqa: E402
from worker.services import drift  # noqa: E402
from worker.services.policy_changes import set_enabled  # noqa: E402

DAYS, A_DAY = 7, 200
SQUEEZED = range(3, 5)  # days, from 0
REVIEWED, TWICE = 0.4, 0.3  # of all pictures, and of these
CHANNELS = (Submission.Channel.PAGE, Submission.Channel.API)
PASSWORD = "a week of traffic"


@dataclass
class Clock:
    """What ``timezone.now`` says while the week is played, and what is still to happen."""

    now: datetime
    coming: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def at(self, when: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self.coming, (when, next(self.numbers), what))

    def play(self, until: datetime) -> None:
        while self.coming and self.coming[0][0] <= until:
            self.now, _, what = heapq.heappop(self.coming)
            what()


class Week:
    """Everything that happens, drawn by chance from one seed."""

    def __init__(self, seen: Seen, version: ModelVersion, clock: Clock) -> None:
        self.seen, self.version, self.clock = seen, version, clock
        self.rng, self.scorer = np.random.default_rng(0), scorer_of(version)
        self.people = [person(name, REVIEWERS) for name in SOURCES]
        self.senders = [person(name) for name in ("emil", "fatima", "gregor")]

    def plan(self, start: datetime, a_day: int) -> None:
        """Draw when which picture comes: mostly by day, seldom at night."""
        rest = iter(self.rng.permutation(self.seen.of("rest")).tolist())
        squeezed = iter(self.rng.permutation(self.seen.of("squeezed")).tolist())
        for day in range(DAYS):
            hours = np.clip(self.rng.normal(13, 4, a_day), 0, 23.9)
            for hour in sorted(hours.tolist()):
                row = next(squeezed if day in SQUEEZED else rest)
                self.clock.at(start + timedelta(days=day, hours=hour), partial(self.comes, row))

    def comes(self, row: int) -> None:
        """Hand a picture in, judge it a moment later, and let some be reviewed hours later."""
        cells = {name: cell[row] for name, cell in self.seen.cells.items()}
        squeezed = cells["role"] == "squeezed"
        data = as_sent(lab_path(str(cells["sha256"])), str(cells["sha256"]), squeezed=squeezed)
        image = submit_image(
            data=data,
            filename=f"{str(cells['sha256'])[:8]}.jpg",
            channel=CHANNELS[int(self.rng.random() < 0.3)],
            submitter=self.senders[int(self.rng.integers(len(self.senders)))],
        ).image
        self.judge(image.pk, data, cells["embedding"])
        if image.audit or self.rng.random() < REVIEWED:
            voters = self.rng.permutation(len(self.people))[: 1 + (self.rng.random() < TWICE)]
            for voter in voters.tolist():
                when = self.clock.now + timedelta(hours=float(self.rng.exponential(4)) + 0.1)
                self.clock.at(when, partial(self.vote, image.pk, voter, str(cells["label"])))
        self.look()

    def judge(self, image_id: UUID, data: bytes, embedding: np.ndarray) -> None:
        """As an inference worker does, with what the detector saw in this file before."""
        pixels = decode(data)
        short_side = min(pixels.shape[:2])
        score = self.scorer.score(embedding, short_side=short_side)
        finding = Finding(
            **vars(score),
            embedding=embedding,
            disagreement=None,
            short_side=short_side,
            grey=grey_copy(pixels),
        )
        record_finding(
            image_id=image_id,
            version=self.version,
            finding=finding,
            clues=read_provenance(data),
        )

    def vote(self, image_id: UUID, voter: int, label: str) -> None:
        other = {"ai": "human", "human": "ai"}[label]
        answer = other if self.rng.random() < CARELESS else label
        seconds = float(self.rng.gamma(3, 2))
        record_review(
            image_id=image_id, reviewer=self.people[voter], answer=answer, seconds=seconds
        )

    def look(self) -> None:
        drift.look_when_due()


_PATHS: dict[str, str] = {}


def lab_path(sha256: str) -> Path:
    if not _PATHS:
        lines = (LAB / "manifest.csv").read_text(encoding="utf-8").splitlines()
        _PATHS.update((line.rsplit(",", 1)[1], line.split(",", 1)[0]) for line in lines)
    return LAB / _PATHS[sha256]


def person(name: str, *groups: str, is_staff: bool = False) -> User:
    found, new = User.objects.get_or_create(username=name, defaults={"is_staff": is_staff})
    if new:
        found.set_password(PASSWORD)
        found.save()
    names = (UPLOADERS, *groups)
    found.groups.set([Group.objects.get_or_create(name=role)[0] for role in names])
    return found


def live_version() -> ModelVersion:
    """What answers on this site; where nothing does, the shipped detector from now on."""
    return production_version() or promote_version(
        version=register_version(bundle=shipped_bundle_path())
    )


def pause_policies(by: User) -> None:
    """Else the site retrains when it is started, and a new version begins its looks anew."""
    for policy in RetrainingPolicy.objects.filter(enabled=True):
        set_enabled(policy_id=policy.pk, enabled=False, by=by)


def main(a_day: int) -> None:
    seen = seen_pictures(CACHE, lambda words: print(words, file=sys.stderr))
    logging.disable(logging.WARNING)
    end, began = timezone.now(), perf_counter()
    start = (end - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    clock = Clock(start)
    with (
        patch("django.utils.timezone.now", lambda: clock.now),
        patch("worker.broker.current_app", MagicMock()),
    ):
        pause_policies(person("alex", ADMINISTRATORS, is_staff=True))
        week = Week(seen, live_version(), clock)
        week.plan(start, a_day)
        clock.play(end)
    call_command("count_hours")
    print(f"Played in {perf_counter() - began:.0f} s. Sign in as alex with {PASSWORD!r}.")
    for look in DriftLook.objects.order_by("created_at"):
        moved = [f"{a['layer']}:{a['figure']}:{a['against']}" for a in look.alarms]
        print(f"{look.created_at:%a %H:%M} {look.window} {look.number}: {', '.join(moved) or '-'}")
    for alert in Alert.objects.order_by("raised_at"):
        over = f"{alert.resolved_at:%a %H:%M}" if alert.resolved_at else "open"
        print(f"{alert.raised_at:%a %H:%M} to {over}, {alert.count} times: {alert.key}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else A_DAY)
