"""Reading what people did. Whatever takes a person shows only what that person may see."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.vocabulary import Verdict
from labelling.errors import NotFound
from labelling.models import AuditEntry, Evidence, Image, Prediction, Review, User
from labelling.permissions import Person, may_administer, may_see_all


def visible_images(person: Person) -> QuerySet[Image]:
    """The pictures that ``person`` may see: reviewers and administrators all, others their own.

    Nobody sees what lies in the bin; see ``binned_images``.
    """
    if not person.is_authenticated or not person.is_active:
        return Image.objects.none()
    if may_see_all(person):
        return Image.objects.filter(deleted_at__isnull=True)
    # A subquery instead of a join: a picture handed in twice must not come twice.
    own = person.submission_set.values("image")
    return Image.objects.filter(deleted_at__isnull=True, pk__in=own)


def binned_images(person: Person) -> QuerySet[Image]:
    """What ``person`` may take out of the bin: administrators all, others what they put there."""
    if not person.is_authenticated or not person.is_active:
        return Image.objects.none()
    binned = Image.objects.filter(deleted_at__isnull=False)
    return binned if may_administer(person) else binned.filter(deleted_by=person.pk)


def image_for(person: Person, image_id: UUID) -> Image:
    """The picture. Raises NotFound also where it is there but not for this person."""
    image = visible_images(person).filter(pk=image_id).first()
    if image is None:
        raise NotFound("There is no such picture, or it is not yours to see.")
    return image


def current_predictions(images: Iterable[Image]) -> dict[UUID, Prediction]:
    """For each picture what the version that answers says of it, else what the newest said.

    Two queries at most, however many pictures; a picture without a prediction is left out. Versions
    are read once each, as their measurements are long.
    """
    wanted = Image.objects.filter(pk__in=[image.pk for image in images])
    current = wanted.order_by().values_list(Subquery(_current().values("pk")[:1]), flat=True)
    found = Prediction.objects.filter(pk__in=current).prefetch_related("version")
    return {prediction.image_id: prediction for prediction in found}


def current_prediction(image: Image) -> Prediction | None:
    """What is said of this picture now, with its version; None while it waits."""
    return current_predictions([image]).get(image.pk)


def evidence_of(images: Iterable[Image]) -> dict[UUID, list[Evidence]]:
    """For each picture what its file says of its origin, the strongest first; one query."""
    found: dict[UUID, list[Evidence]] = {image.pk: [] for image in images}
    for clue in Evidence.objects.filter(image__in=found).order_by("image", "place"):
        found[clue.image_id].append(clue)
    return found


def with_live_finding(images: QuerySet[Image]) -> QuerySet[Image]:
    """Join as ``live`` what the version that answers says of each; null where it says nothing."""
    version = production_version()
    its = Q(predictions__version=version.pk if version else 0)
    return images.alias(live=FilteredRelation("predictions", condition=its))


def saying(images: QuerySet[Image], **what: Any) -> QuerySet[Image]:
    """Those of ``images`` of which, as things stand, is said ``what``: ``verdict="ai"``.

    Only where the version that answers says nothing is it asked, picture by picture, what the
    newest said: to ask it of all of 100,000 takes seconds.
    """
    now = Q(**{f"live__{field}": wanted for field, wanted in what.items()})
    once = Q(live__isnull=True, **{f"newest_{field}": wanted for field, wanted in what.items()})
    # No COALESCE of the two: Postgres takes it for one in 200 and reads far too much.
    return _with_both_findings(images).filter(now | once)


def contradicted(images: QuerySet[Image]) -> QuerySet[Image]:
    """Those of which, as things stand, is said the opposite of what people settled."""
    sure = saying(images, verdict__in=(Verdict.AI, Verdict.HUMAN))
    said = Coalesce(F("live__verdict"), F("newest_verdict"))
    return sure.alias(said=said).exclude(said=F("label__value"))


def _with_both_findings(images: QuerySet[Image]) -> QuerySet[Image]:
    """``live``, and as ``newest_…`` what the newest said of the versions that ever answered."""
    spoken = ModelVersion.objects.exclude(state__in=ModelVersion.SILENT).order_by()
    versions = list(spoken.values_list("pk", flat=True))
    said = Prediction.objects.filter(image=OuterRef("pk"), version__in=versions)
    newest = said.order_by("-created_at", "-pk")
    return with_live_finding(images).alias(
        newest_verdict=Subquery(newest.values("verdict")[:1]),
        newest_probability_ai=Subquery(newest.values("probability_ai")[:1]),
    )


def standing_reviews(image: Image) -> QuerySet[Review]:
    """The votes on a picture that nobody took back, the oldest first, with their reviewers."""
    return Review.objects.standing().filter(image=image).select_related("reviewer")


def recent_reviews(reviewer: User, limit: int = 10) -> list[Review]:
    """This reviewer's newest votes that stand, with their pictures, the newest first.

    Those on pictures in the bin are left out.
    """
    mine = Review.objects.standing().filter(reviewer=reviewer, image__deleted_at__isnull=True)
    return list(mine.select_related("image").order_by("-created_at", "-pk")[:limit])


def audit_entries(*, subject: str = "", action: str = "", actor: str = "") -> QuerySet[AuditEntry]:
    """The audit log, the newest first; for administrators, which whoever calls this has checked.

    ``action`` may be the first word of several alone, as in ``label``.
    """
    found: QuerySet[AuditEntry] = AuditEntry.objects.order_by("-pk")
    if subject:
        found = found.filter(subject=subject)
    if action:
        found = with_action(found, action)
    return found.filter(actor=actor) if actor else found


def with_action(entries: QuerySet[AuditEntry], action: str) -> QuerySet[AuditEntry]:
    """Those with this action, or whose action has this first word."""
    wanted = Q(action=action) if "." in action else Q(action__startswith=f"{action}.")
    return entries.filter(wanted)


def _current() -> QuerySet[Prediction]:
    """The predictions of the outer picture that people may see, the one that counts now first."""
    return (
        Prediction.objects.spoken()
        .filter(image=OuterRef("pk"))
        .order_by(
            Case(
                When(version__state=ModelVersion.State.PRODUCTION, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            ),
            "-created_at",
            "-pk",
        )
    )
