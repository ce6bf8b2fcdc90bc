"""Reading what runs by itself: runs, versions, snapshots."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.blindness import sees_everything, with_open_settlement
from labelling.errors import NotFound
from labelling.models import Image
from labelling.permissions import Person, check_may_review, may_administer
from worker.models import (
    DatasetSnapshot,
    Job,
    JobItem,
    PolicyEvaluation,
    RetrainingPolicy,
    SnapshotItem,
    TrainingRun,
)

MOST_CANDIDATES = 5  # that are offered on the dashboard; the others stand among the versions
COUNTS = {
    "ai": Count("pk", Q(label=Label.AI)),
    "human": Count("pk", Q(label=Label.HUMAN)),
    "deleted": Count("pk", Q(deleted_at__isnull=False)),
}


def runs() -> QuerySet[TrainingRun]:
    """Every retraining, the newest first, with what its row names."""
    return TrainingRun.objects.select_related("requested_by", "version", "snapshot")


def run_by_id(run_id: int) -> TrainingRun:
    """Raises NotFound."""
    run = runs().filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such retraining.")
    return run


def learned_items() -> QuerySet[SnapshotItem]:
    """What versions that went live were trained on, as it was labelled then."""
    return SnapshotItem.objects.filter(
        use=SnapshotItem.Use.TRAIN, snapshot__runs__state=TrainingRun.State.PROMOTED
    )


def policies() -> QuerySet[RetrainingPolicy]:
    return RetrainingPolicy.objects.all()


def policy_by_id(policy_id: int) -> RetrainingPolicy:
    """Raises NotFound."""
    policy = policies().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound("There is no such policy.")
    return policy


def decisions() -> QuerySet[PolicyEvaluation]:
    """What the policies decided, the newest first."""
    return PolicyEvaluation.objects.select_related("policy")


def waiting_images() -> QuerySet[Image]:
    """Pictures that wait for the detector, the oldest first."""
    queued = Image.objects.filter(state=Image.State.WAITING, deleted_at__isnull=True)
    return queued.order_by("received_at")


def active_run() -> TrainingRun | None:
    return TrainingRun.objects.filter(state__in=TrainingRun.ACTIVE).first()


def candidates() -> QuerySet[ModelVersion]:
    """What could be put in shadow, the newest first: registered, and judged by nobody yet."""
    return ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE)[:MOST_CANDIDATES]


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


def snapshots() -> QuerySet[DatasetSnapshot]:
    """Every snapshot with the versions that it trained. Those who review may see them."""
    return DatasetSnapshot.objects.prefetch_related("runs__version")


def snapshot_by_digest(person: Person, digest: str) -> DatasetSnapshot:
    """For reviewers and administrators. Raises NotAllowed, NotFound."""
    check_may_review(person)
    snapshot = DatasetSnapshot.objects.filter(digest=digest).first()
    if snapshot is None:
        raise NotFound("There is no such snapshot.")
    return snapshot


def visible_items(snapshot: DatasetSnapshot, person: Person) -> QuerySet[SnapshotItem]:
    """The pictures of a snapshot that this person may know to be in it, ordered by sha256.

    Who sees everything sees all of them, also what was deleted. Reviewers see those that they have
    answered for: that a picture is in a snapshot says that it is settled, and a settled picture
    that somebody is asked about is a silent test of them.
    """
    items = snapshot.items.order_by("sha256")
    if sees_everything(person):
        return items
    images = with_open_settlement(Image.objects.order_by(), person)
    return items.filter(image__in=images.values("pk"))


@dataclass(frozen=True)
class Seen:
    """One version that saw a picture: what it was used for, and by which snapshot."""

    number: int
    state: str
    use: str
    why: str
    label: str
    digest: str


def trained_on(version: ModelVersion) -> QuerySet[SnapshotItem]:
    """Which labels trained this version: the lines of its run's snapshot that train.

    A refit starts from the head that came with the network, so what the versions before it
    learned is in it only where it is in this snapshot too; beside it stands the bundle's own
    replay set, which has no rows here.
    """
    return SnapshotItem.objects.filter(
        snapshot__runs__version=version, use=SnapshotItem.Use.TRAIN
    ).order_by("sha256")


def learned_counts(version: ModelVersion) -> dict[str, int]:
    """How many labels trained this version: ``ai`` and ``human``, and ``deleted`` of these."""
    return trained_on(version).aggregate(**COUNTS)


def versions_that_saw(sha256: str) -> list[Seen]:
    """Which versions trained on, or were measured with, this picture; also one that is deleted.

    The newest first. One query.
    """
    rows = (
        SnapshotItem.objects.filter(sha256=sha256, snapshot__runs__version__isnull=False)
        .order_by("-snapshot__runs__version__number")
        .values_list(
            "snapshot__runs__version__number",
            "snapshot__runs__version__state",
            "use",
            "why",
            "label",
            "snapshot__digest",
        )
    )
    return [Seen(*row) for row in rows]


def snapshot_counts(snapshot: DatasetSnapshot) -> dict[str, dict[str, int]]:
    """How many pictures of a snapshot each use has: of both classes, and ``deleted`` since."""
    rows = snapshot.items.values("use").annotate(**COUNTS).order_by("use")
    found = {
        use: dict(zip(COUNTS, row, strict=True)) for use, *row in rows.values_list("use", *COUNTS)
    }
    return {use: found[use] for use in SnapshotItem.Use.values if use in found}


def visible_jobs(person: Person) -> QuerySet[Job]:
    """The newest first: administrators see all, others what they asked for themselves."""
    jobs = Job.objects.select_related("requested_by", "undoes", "undone_by")
    return jobs if may_administer(person) else jobs.filter(requested_by=person.pk)


def job_for(person: Person, job_id: int) -> Job:
    """Raises NotFound, also where it is somebody else's."""
    job = visible_jobs(person).filter(pk=job_id).first()
    if job is None:
        raise NotFound("There is no such job, or it is not yours.")
    return job


def refused_items(job: Job) -> QuerySet[JobItem]:
    """What a job did not do, with the reasons."""
    refused = job.items.filter(outcome=JobItem.Outcome.REFUSED)
    return refused.select_related("image").order_by("pk")
