"""A program of its own, run by ``test_turns_races.py``: eight people review at once.

``python -m tests.labelling.turns_race NAME`` lets them review on the database that the environment
names, which is migrated, and prints as JSON what they left behind.
"""

import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import OperationalError, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from labelling.models import Image, Label, QueuePolicy, Review, Showing, User  # noqa: E402
from labelling.services.places import refresh_places  # noqa: E402
from labelling.services.review import record_review  # noqa: E402
from labelling.services.turns import release_turns, renew_turns, take_turns  # noqa: E402
from tests.people import REVIEWERS, make_person  # noqa: E402

PEOPLE = 8
ITEMS = 400
FEWER = 120
TWICE = 10  # one in so many wants two people
AHEAD = 4
RETRIES = 5


def make_site(items: int = ITEMS) -> list[User]:
    """The people and the pictures, all of them open, every tenth for two of the people."""
    images = []
    for number in range(items):
        digest = sha256(str(number).encode()).hexdigest()
        columns = {"content_type": "image/png", "width": 8, "height": 6, "size": 100}
        wanted = 2 if number % TWICE == 0 else 1
        images.append(Image(sha256=digest, original=digest, votes_wanted=wanted, **columns))
    Image.objects.bulk_create(images)
    refresh_places(image_ids=[image.pk for image in images])
    QueuePolicy.objects.update(audit_share=0.2, novel_share=0.2)
    return [make_person(f"reviewer-{number}", REVIEWERS) for number in range(PEOPLE)]


def at_once(people: list[User], work: Callable[[User, Counter[str]], None]) -> Counter[str]:
    """Let all begin at one moment; returns what they counted, and what was raised."""
    start, counts = threading.Barrier(len(people)), Counter[str]()

    def run(person: User) -> Counter[str]:
        mine: Counter[str] = Counter()
        start.wait()
        try:
            work(person, mine)
        except Exception as error:
            mine[type(error).__name__] += 1
        finally:
            connection.close()
        return mine

    with ThreadPoolExecutor(len(people)) as pool:
        for mine in pool.map(run, people):
            counts += mine
    return counts


def review_all(person: User, counts: Counter[str]) -> None:
    """Answer, with some ahead, until nothing comes any more; give one back now and then."""
    empty = 0
    while empty < 3:
        # What others hold may come back, or want a second person.
        others = Showing.objects.filter(ended_at=None).exclude(person=person).exists()
        held = paced(take_turns, reviewer=person, limit=AHEAD)
        empty = 0 if held or others else empty + 1
        for showing in held[: AHEAD - 1]:
            paced(record_review, image_id=showing.image_id, reviewer=person, answer="human")
            counts["answers"] += 1
        left = [showing.image_id for showing in held[AHEAD - 1 :]]
        if left and counts["answers"] % 10 == 0:
            paced(release_turns, reviewer=person, image_ids=left)


def paced(service: Callable[..., Any], **of: Any) -> Any:
    """Call it, then pause for as long as that took, as people do and much longer.

    Who waits for SQLite's lock looks for it now and then: they starve where others never pause.
    """
    began = time.monotonic()
    done = retried(service, **of)
    time.sleep(max(0.02, time.monotonic() - began))
    return done


def retried(service: Callable[..., Any], **of: Any) -> Any:
    """Call it again where SQLite's lock could not be had in time, as the page's outbox does."""
    for _ in range(RETRIES):
        try:
            return service(**of)
        except OperationalError as error:
            if "locked" not in str(error):
                raise
    return service(**of)


def everybody() -> dict[str, Any]:
    """Eight people, four hundred pictures."""
    counts = at_once(make_site(), review_all)
    return {**counts, **left_behind()}


def some_leave() -> dict[str, Any]:
    """Two people take pictures and never come back; the others take over what runs out."""
    people = make_site(FEWER)
    for person in people[:2]:
        take_turns(reviewer=person, limit=AHEAD)
    gone = set(Showing.objects.values_list("image_id", flat=True))
    past = timezone.now() - timedelta(seconds=1)
    Showing.objects.update(leased_until=past)
    counts = at_once(people[2:], review_all)
    expired = Showing.objects.filter(outcome="expired")
    again = Counter(
        Showing.objects.filter(image__in=gone, outcome="answered").values_list("image", flat=True)
    )
    wanted = dict(Image.objects.filter(pk__in=gone).values_list("pk", "votes_wanted"))
    return {
        **counts,
        **left_behind(),
        "left": len(gone),
        "expired": expired.count(),
        "taken over as often as wanted": again == Counter(wanted),
    }


def renewed_or_taken() -> dict[str, Any]:
    """Leases are renewed at the moment when others would take over what they hold."""
    first, *others = make_site()
    rounds: Counter[str] = Counter()
    for _ in range(12):
        (held,) = take_turns(reviewer=first, limit=1)
        past = timezone.now() - timedelta(hours=1)
        Showing.objects.filter(pk=held.pk).update(leased_until=past)

        def renew_or_take(person: User, counts: Counter[str], of: UUID = held.image_id) -> None:
            if person == first:
                counts["kept"] += len(renew_turns(reviewer=first, image_ids=[of]))
            else:
                got = take_turns(reviewer=person, limit=1)
                counts["taken"] += of in [showing.image_id for showing in got]

        counts = at_once([first, *others[:3]], renew_or_take)
        rounds["one of both"] += counts["kept"] + counts["taken"] == 1
        rounds["errors"] += counts.total() - counts["kept"] - counts["taken"]
        Showing.objects.filter(ended_at=None).update(ended_at=timezone.now(), outcome="released")
    return dict(rounds)


def left_behind() -> dict[str, Any]:
    votes = Counter(Review.objects.counting().values_list("image", flat=True))
    wanted = dict(Image.objects.values_list("pk", "votes_wanted"))
    return {
        "votes": sum(votes.values()),
        "labels": Label.objects.count(),
        "as many as wanted": votes == Counter(wanted),
        "different people": all_different(),
        "collisions": collisions(),
        "open": Showing.objects.filter(ended_at=None).count(),
        "turns": Showing.objects.count() == QueuePolicy.objects.get().turns,
    }


def all_different() -> bool:
    pairs = list(Review.objects.counting().values_list("image", "reviewer"))
    return len(pairs) == len(set(pairs))


def collisions() -> int:
    """How often a picture came before somebody while somebody else had it."""
    times = defaultdict(list)
    for image, turn, shown, ended in Showing.objects.order_by("turn").values_list(
        "image", "turn", "shown_at", "ended_at"
    ):
        times[image].append((turn, shown, ended))
    return sum(
        before[2] is None or before[2] > after[1]
        for one in times.values()
        for before, after in pairwise(one)
    )


RUNNERS = (everybody, some_leave, renewed_or_taken)
RACES = {runner.__name__: runner for runner in RUNNERS}

if __name__ == "__main__":
    print(json.dumps(RACES[sys.argv[1]]()))
