"""A program of its own: the figures of reviewers over many generated reviews, on a real database.

``python -m tests.labelling.many_reviews REVIEWS`` writes about so many reviews into the database
that the environment names, which is migrated, and prints each figure, the same counted by hand,
the number of queries and the seconds as JSON.
"""

import json
import random
import sys
import time
from collections import defaultdict
from hashlib import sha256
from itertools import combinations
from statistics import median
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from labelling.models import Image, Label, QueuePolicy, Review, User  # noqa: E402
from labelling.reviewer_figures import reviewer_figures  # noqa: E402
from labelling.silent_tests import reviewers_below_floor  # noqa: E402
from labelling.site_agreement import site_agreement  # noqa: E402
from labelling.statistics.figure import Figure, Result  # noqa: E402
from tests.people import REVIEWERS, make_person  # noqa: E402

PEOPLE = 8
BATCH = 5000


def write(number: int) -> None:
    """Pictures with one to three votes, some taken back, tested silently or adjudicated."""
    drawn = random.Random(4)
    people = [make_person(f"r{place}", REVIEWERS) for place in range(PEOPLE)]
    images: list[Image] = []
    labels: list[Label] = []
    reviews: list[Review] = []
    taken_back: list[Review] = []
    while len(reviews) < number:
        digest = sha256(str(len(images)).encode()).hexdigest()
        image = Image(
            sha256=digest, original=digest, content_type="image/png", width=8, height=6, size=9
        )
        images.append(image)
        truth = drawn.choice(["ai", "human"])
        if drawn.random() < 0.8:
            labels.append(Label(image=image, value=truth, settled_at=timezone.now()))
        for person in drawn.sample(people, drawn.choice([1, 1, 1, 2, 2, 3])):
            review = Review(
                image=image,
                reviewer=person,
                answer=said(drawn, truth, people.index(person)),
                silent=drawn.random() < 0.1,
                seconds=None if drawn.random() < 0.05 else round(drawn.lognormvariate(1, 1), 2),
            )
            reviews.append(review)
            if drawn.random() < 0.03:
                taken_back.append(review)
        if drawn.random() < 0.02:
            word = Review(image=image, reviewer=people[0], answer=truth, adjudicates=True)
            reviews.append(word)
    Image.objects.bulk_create(images, BATCH)
    Label.objects.bulk_create(labels, BATCH)
    Review.objects.bulk_create(reviews, BATCH)
    Review.objects.bulk_create(
        [
            Review(image=r.image, reviewer=r.reviewer, answer="retracted", retracts=r)
            for r in taken_back
        ],
        BATCH,
    )


def said(drawn: random.Random, truth: str, place: int) -> str:
    """The later the reviewer stands in the row, the more often wrong."""
    chance = drawn.random()
    if chance < 0.05:
        return drawn.choice(["unsure", "unusable"])
    wrong = {"ai": "human", "human": "ai"}[truth]
    return wrong if drawn.random() < 0.04 * place else truth


def by_hand() -> dict[str, Any]:
    """Everything again, in plain loops over all the rows."""
    rows = list(Review.objects.order_by("pk").values())
    labels = dict(Label.objects.values_list("image_id", "value"))
    names = dict(User.objects.values_list("pk", "username"))
    gone = {row["retracts_id"] for row in rows}
    undone = {(row["image_id"], row["reviewer_id"]) for row in rows if row["retracts_id"]}
    standing = [row for row in rows if row["id"] not in gone]
    standing = [row for row in standing if row["answer"] != "retracted"]
    words = {row["image_id"]: row["answer"] for row in standing if row["adjudicates"]}
    desk = [row for row in standing if row["seconds"] is not None and not row["adjudicates"]]
    figures: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    looks: dict[str, list[float]] = defaultdict(list)
    votes: dict[Any, dict[int, str]] = defaultdict(dict)
    for row in desk:
        name, answer, image = names[row["reviewer_id"]], row["answer"], row["image_id"]
        looks[name].append(round(min(row["seconds"] or 0.0, 600.0), 1))
        figures[name]["answers"] += 1
        decided = answer in ("ai", "human")
        figures[name]["decided" if decided else answer] += 1
        if decided and not row["silent"]:
            if image in words and words[image] in ("ai", "human"):
                figures[name]["adjudicated"] += 1
                figures[name]["overruled"] += words[image] != answer
            if (image, row["reviewer_id"]) not in undone:
                votes[image][row["reviewer_id"]] = answer
    for row in rows:
        if row["silent"] and row["answer"] in ("ai", "human") and row["image_id"] in labels:
            figures[names[row["reviewer_id"]]]["tests"] += 1
            figures[names[row["reviewer_id"]]]["right"] += row["answer"] == labels[row["image_id"]]
    for name, seconds in looks.items():
        figures[name]["seconds"] = median(seconds)
    doubled = [list(told.values()) for told in votes.values() if len(told) > 1]
    same = [
        sum(a == b for a, b in combinations(t, 2)) / (len(t) * (len(t) - 1) / 2) for t in doubled
    ]
    return {
        "figures": figures,
        "pictures": len(doubled),
        "percent": sum(same) / len(same),
    }


def value(result: Result) -> float | None:
    return result.value if isinstance(result, Figure) else None


def measured() -> dict[str, Any]:
    with CaptureQueriesContext(connection) as asked:
        began = time.perf_counter()
        rows = reviewer_figures()
        agreement = site_agreement()
        below = reviewers_below_floor()
        seconds = time.perf_counter() - began
    figures = {
        row.person.username: {
            "answers": row.answers,
            "decided": row.decided,
            "unsure": row.unsure,
            "unusable": row.unusable,
            "seconds": row.seconds,
            "tests": row.accuracy.n,
            "right": round((value(row.accuracy) or 0) * row.accuracy.n),
            "adjudicated": row.adjudicated,
            "overruled": row.overruled,
        }
        for row in rows
    }
    return {
        "figures": figures,
        "pictures": agreement.pictures,
        "percent": value(agreement.percent),
        "alpha": value(agreement.alpha),
        "worst_pairs": [(one.first.username, one.second.username) for one in agreement.pairs],
        "below": [one.person.username for one in below],
        "queries": len(asked),
        "seconds": seconds,
    }


if __name__ == "__main__":
    with transaction.atomic():
        write(int(sys.argv[1]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a database that knows its tables chooses other ways
    QueuePolicy.objects.update(gold_floor=0.85)
    print(
        json.dumps({"found": measured(), "by_hand": by_hand(), "reviews": Review.objects.count()})
    )
