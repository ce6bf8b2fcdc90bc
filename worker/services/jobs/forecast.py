"""What will become of many pictures, in words, before anything happens to them.

The counts are a forecast, by as many queries for 100,000 pictures as for one. Whether a picture may
be changed is decided by the service that changes it, when its turn comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q

from classifier.queries import production_version
from labelling.models import Image, Prediction, QueueItem, Review, Submission, User
from labelling.permissions import may_administer
from worker.models import Job

Kind = Job.Kind


@dataclass(frozen=True)
class Expected:
    """So many of the pictures, and what will become of these in words."""

    count: int
    words: str


@dataclass(frozen=True)
class Preview:
    """How many there are, how many will be done, and what becomes of the others."""

    total: int
    others: list[Expected] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.total - sum(expected.count for expected in self.others)


def left_alone(kind: Job.Kind, by: User, options: Mapping[str, Any]) -> list[tuple[str, Q]]:
    """Of the pictures those that will not be changed, by reason, the first that holds."""
    match kind:
        case Kind.REVIEW:
            return [("you have decided on them already", Q(_voted(by.pk)))]
        case Kind.ASSIGN:
            waits = QueueItem.objects.filter(image=OuterRef("pk"))
            waits = waits.exclude(lane=QueueItem.Lane.ADJUDICATION)
            return [
                ("the reviewer has decided on them already", Q(_voted(options["to"]))),
                ("they wait for no reviewer", ~Q(Exists(waits))),
            ]
        case Kind.PREDICT:
            said = Prediction.objects.filter(image=OuterRef("pk"), version=production_version())
            judged = Q(Exists(said), state=Image.State.CLASSIFIED)
            return [("the version that answers has judged them already", judged)]
        case Kind.DELETE if not may_administer(by):
            handed_in = Submission.objects.filter(image=OuterRef("pk"))
            others = handed_in.exclude(submitter=by.pk) | handed_in.filter(submitter__isnull=True)
            own = handed_in.filter(submitter=by.pk)
            return [("others handed them in", Q(Exists(others)) | ~Q(Exists(own)))]
    return []


def _voted(person_id: int) -> Exists:
    return Exists(Review.objects.standing().filter(image=OuterRef("pk"), reviewer=person_id))
