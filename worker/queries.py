"""Reading what runs by itself: runs, versions, snapshots."""

from django.db.models import QuerySet

from classifier.models import ModelVersion
from labelling.errors import NotFound
from labelling.permissions import Person, check_may_review
from worker.models import DatasetSnapshot, PolicyEvaluation, RetrainingPolicy, TrainingRun


def runs() -> QuerySet[TrainingRun]:
    """Every retraining, the newest first, with what its row names."""
    return TrainingRun.objects.select_related("requested_by", "version", "snapshot")


def policies() -> QuerySet[RetrainingPolicy]:
    return RetrainingPolicy.objects.all()


def decisions() -> QuerySet[PolicyEvaluation]:
    """What the policies decided, the newest first."""
    return PolicyEvaluation.objects.select_related("policy")


def active_run() -> TrainingRun | None:
    return TrainingRun.objects.filter(state__in=TrainingRun.ACTIVE).first()


def versions() -> QuerySet[ModelVersion]:
    """Every version, the newest first. Anybody with an account may see them."""
    return ModelVersion.objects.select_related("parent")


def version_by_number(number: int) -> ModelVersion:
    """Raises NotFound."""
    version = (
        versions()
        .select_related("training_run", "training_run__snapshot")
        .filter(number=number)
        .first()
    )
    if version is None:
        raise NotFound(f"There is no version {number}.")
    return version


def run_of(version: ModelVersion) -> TrainingRun | None:
    """The retraining that made this version; None for one that came from outside."""
    return getattr(version, "training_run", None)


def snapshot_by_digest(person: Person, digest: str) -> DatasetSnapshot:
    """For reviewers and administrators. Raises NotAllowed, NotFound."""
    check_may_review(person)
    snapshot = DatasetSnapshot.objects.filter(digest=digest).first()
    if snapshot is None:
        raise NotFound("There is no such snapshot.")
    return snapshot
