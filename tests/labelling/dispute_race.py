"""A program of its own, run by ``test_dispute_races.py``: disputes and links at the same moment.

``python -m tests.labelling.dispute_race NAME`` runs the race on the database that the environment
names, which is migrated, and prints what it left behind as JSON.
"""

import json
import sys
from typing import Any

import django

django.setup()


from labelling.models import (  # noqa: E402
    AuditEntry,
    Dispute,
    Image,
    Label,
    Review,
    ShareLink,
    User,
)
from labelling.permissions import ADJUDICATORS  # noqa: E402
from labelling.services import disputes, sharing  # noqa: E402
from labelling.services.disputes import (  # noqa: E402
    answer_dispute,
    open_dispute,
    withdraw_dispute,
)
from labelling.services.sharing import create_share_link  # noqa: E402
from tests.labelling.race import AT_ONCE, race  # noqa: E402
from tests.labelling.rows import make_image, make_version, predict  # noqa: E402
from tests.people import make_person  # noqa: E402

REASON = "I painted it with gouache."
MOST = 3


def judged(owner: User, count: int = 1) -> list[Image]:
    version = make_version(7, live=True)
    images = [make_image(f"picture {number}", owner=owner) for number in range(count)]
    for image in images:
        predict(image, version, 0.9)
    return images


def same_dispute() -> dict[str, Any]:
    """One person sends the form many times."""
    olli = make_person("olli")
    [image] = judged(olli)
    outcomes = race(*[lambda: open_dispute(image_id=image.pk, by=olli, reason=REASON)] * AT_ONCE)
    return {**outcomes, "disputes": Dispute.objects.count()}


def too_many_disputes() -> dict[str, Any]:
    """One person disputes more pictures at once than they may."""
    disputes.MOST_OPEN = MOST
    olli = make_person("olli")
    runners = [
        lambda image=image: open_dispute(image_id=image.pk, by=olli, reason=REASON)
        for image in judged(olli, AT_ONCE)
    ]
    return {**race(*runners), "disputes": Dispute.objects.count()}


def two_answers() -> dict[str, Any]:
    """Two adjudicators answer one dispute, and do not agree; its opener withdraws it."""
    olli, jo, kim = make_person("olli"), *(make_person(n, ADJUDICATORS) for n in ("jo", "kim"))
    [image] = judged(olli)
    of = open_dispute(image_id=image.pk, by=olli, reason=REASON).pk
    outcomes = race(
        lambda: answer_dispute(dispute_id=of, by=jo, decision="human", answer="jo"),
        lambda: answer_dispute(dispute_id=of, by=kim, decision="ai", answer="kim"),
        lambda: withdraw_dispute(dispute_id=of, by=olli),
    )
    image.refresh_from_db()
    closed = AuditEntry.objects.filter(action__startswith="dispute.").exclude(
        action="dispute.opened"
    )
    return {
        **outcomes,
        "dispute": Dispute.objects.values("state", "answer").get(),
        "labels": list(Label.objects.values_list("value", flat=True)),
        "reviews": Review.objects.count(),
        "closed": [entry.action for entry in closed],
        "still_disputed": image.disputed_at is not None,
        "regression": image.regression_since is not None,
    }


def too_many_links() -> dict[str, Any]:
    """One picture gets more links at once than it may have."""
    sharing.MOST_LIVE = MOST
    olli = make_person("olli")
    [image] = judged(olli)
    outcomes = race(*[lambda: create_share_link(image_id=image.pk, by=olli)] * AT_ONCE)
    return {**outcomes, "links": ShareLink.objects.count()}


RUNNERS = (same_dispute, too_many_disputes, two_answers, too_many_links)
RACES = {runner.__name__: runner for runner in RUNNERS}

if __name__ == "__main__":
    print(json.dumps(RACES[sys.argv[1]]()))
