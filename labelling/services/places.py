"""The queue's rows, derived from what is known: made, changed and taken away with the facts.

Whoever changes something that can open or close a picture, or move it, calls ``refresh_places``
in the same transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from classifier.detector.provenance import Says
from classifier.models import ModelVersion
from labelling.contradiction import FOR_AI, FOR_HUMAN
from labelling.models import Evidence, Flag, Image, Label, Prediction, QueueItem, Review
from labelling.placing import Facts, Place, Vote, place_of
from labelling.queue import queue_policy

BATCH = 500  # pictures whose places are made at once
COLUMNS = ("lane", "why", "rank", "since", "novelty", "begun")
SAID = ("verdict", "priority", "novelty")


class Said(NamedTuple):
    """The columns of a prediction that decide on a place."""

    verdict: str | None = None
    priority: float | None = None
    novelty: float | None = None


UNJUDGED = Said()


@transaction.atomic
def refresh_places(*, image_ids: Collection[UUID]) -> None:
    """Make the places of these pictures right; as many queries for 500 as for one.

    1. Lock the pictures, so that of two who place one the later one sees all facts.
    2. Read the facts and derive the places.
    3. Write what differs. Who was asked about a picture by name stays so while its place does.
    """
    ids = sorted(image_ids)
    for start in range(0, len(ids), BATCH):
        _refresh(ids[start : start + BATCH])


@transaction.atomic
def note_challenged(*, image_ids: Collection[UUID]) -> None:
    """Note that two versions of the detector disagree on these: people look at them sooner.

    Who said what is not noted here: nobody is shown what a challenger says.
    """
    asked = Image.objects.filter(pk__in=image_ids, challenged_at__isnull=True)
    if asked.update(challenged_at=timezone.now()):
        refresh_places(image_ids=image_ids)


def _refresh(ids: Sequence[UUID]) -> None:
    wanted = _wanted_places(ids)
    rows = QueueItem.objects.filter(image__in=ids)
    there = {row.image_id: Place(**{name: getattr(row, name) for name in COLUMNS}) for row in rows}
    gone = [image_id for image_id in there if image_id not in wanted]
    if gone:
        QueueItem.objects.filter(image__in=gone).delete()
    changed = [
        QueueItem(image_id=image_id, **vars(place))
        for image_id, place in wanted.items()
        if there.get(image_id) != place
    ]
    QueueItem.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["image"], update_fields=COLUMNS
    )


def _wanted_places(ids: Sequence[UUID]) -> dict[UUID, Place]:
    locked = Image.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    images = list(locked)
    settled = set(Label.objects.filter(image__in=ids).values_list("image_id", flat=True))
    said, flagged, votes = _said(ids), _flagged(ids), _votes(ids)
    for_ai, for_human = _evidence(ids)
    unsure_wanted = queue_policy().unsure_wanted
    places = {}
    for image in images:
        facts = Facts(
            shown=image.state != Image.State.FAILED and image.deleted_at is None,
            settled=image.unusable or image.pk in settled,
            audit=image.audit,
            sha256=image.sha256,
            received_at=image.received_at,
            disputed_at=image.disputed_at,
            doubted_at=image.doubted_at,
            challenged_at=image.challenged_at,
            flagged_at=flagged.get(image.pk),
            **said.get(image.pk, UNJUDGED)._asdict(),
            for_ai=image.pk in for_ai,
            for_human=image.pk in for_human,
            votes=votes.get(image.pk, ()),
        )
        place = place_of(facts, unsure_wanted=unsure_wanted)
        if place is not None:
            places[image.pk] = place
    return places


def _said(ids: Sequence[UUID]) -> dict[UUID, Said]:
    """What the version that answers says of each, else what the newest said that ever answered.

    Each version speaks once of a picture. All are read and one is chosen here: to let the database
    choose takes as long as all else that a place is made from.
    """
    rows = Prediction.objects.spoken().filter(image__in=ids).order_by("created_at", "pk")
    newest: dict[UUID, Said] = {}
    live: dict[UUID, Said] = {}
    for image_id, state, *said in rows.values_list("image_id", "version__state", *SAID):
        newest[image_id] = Said(*said)
        if state == ModelVersion.State.PRODUCTION:
            live[image_id] = newest[image_id]
    return newest | live


def _flagged(ids: Sequence[UUID]) -> dict[UUID, datetime]:
    open_flags = Flag.objects.filter(image__in=ids, resolved_at__isnull=True).order_by()
    return dict(open_flags.values_list("image_id").annotate(Min("created_at")))


def _votes(ids: Sequence[UUID]) -> dict[UUID, list[Vote]]:
    rows: QuerySet[Review, tuple[UUID, str, datetime]] = (
        Review.objects.counting()
        .filter(image__in=ids)
        .order_by("pk")
        .values_list("image_id", "answer", "created_at")
    )
    votes: dict[UUID, list[Vote]] = {}
    for image_id, answer, at in rows:
        votes.setdefault(image_id, []).append(Vote(answer, at))
    return votes


def _evidence(ids: Sequence[UUID]) -> tuple[set[UUID], set[UUID]]:
    """The pictures whose file holds something that counts for AI, and for a person."""
    rows = Evidence.objects.filter(FOR_AI | FOR_HUMAN, image__in=ids).order_by()
    found = list(rows.values_list("image_id", "says"))
    for_ai = {image_id for image_id, says in found if says == Says.AI}
    return for_ai, {image_id for image_id, says in found if says == Says.HUMAN}
