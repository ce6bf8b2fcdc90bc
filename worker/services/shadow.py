"""A challenger in shadow: judge what the champion judged, count, and decide.

Pictures are the site's own, the newest first: those that came meanwhile and those that are stored,
as long as neither version has learned from them. What the challenger says is kept in the trial's
pairs and nowhere else. The champion's finding is always out before.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from classifier.detector.detector import Detector
from classifier.detector.scoring import Score
from classifier.errors import AivhError, PictureRefused, RegistryUnavailable
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import hold_versions, reject_version
from classifier.serving import detector_of, scorer_of
from classifier.vocabulary import Label, Verdict
from labelling.errors import NotFound
from labelling.models import Embedding, Image, Prediction
from labelling.originals import read_original
from labelling.services.findings import record_embedding
from worker.models import ShadowPair, ShadowTrial, SnapshotItem, TrainingRun
from worker.services.live import make_live, settle_run
from worker.services.rejudging import score_again
from worker.services.shadow_bounds import Agreement, Pair, count, objection
from worker.services.shadow_words import passed_words, promoted_words
from worker.services.trial import chain_of, end_trial, overtake_trial

log = logging.getLogger(__name__)

State = ShadowTrial.State

LOOK_AGAIN_AFTER = 5  # seconds; by then something may have come in
LOOKS = 10  # originals that one task looks at, where the challenger has a network of its own


def continue_trial(*, trial_id: int, before: str = "", look: bool = True) -> None:
    """Compare what there is to compare and decide if that is enough. Safe to run twice.

    ``before`` is when the picture came that was looked at last, so that one that cannot be read
    does not hold up the older ones. ``look=False`` leaves pictures alone that need a second look.
    """
    trial = running_trial(trial_id)
    if trial is None:
        return
    last = ""
    try:
        if look:
            last = look_again(trial, before)
        compare_stored(trial)
    except RegistryUnavailable as error:
        log.warning("%s waits: %s", trial, error.message)
        return
    except AivhError as error:
        refuse_broken(trial_id, error)
        return
    through = not last and (look or same_network(trial))
    if not decide(trial_id, through=through) and last:
        chain_of(trial_id).go_on(last)
    elif look:
        chain_of(trial_id).rest(LOOK_AGAIN_AFTER)


def running_trial(trial_id: int) -> ShadowTrial | None:
    running = ShadowTrial.objects.filter(pk=trial_id, state=State.RUNNING)
    return running.select_related("version", "champion").first()


def same_network(trial: ShadowTrial) -> bool:
    return trial.version.backbone_digest == trial.champion.backbone_digest


def candidates(trial: ShadowTrial) -> QuerySet[Image]:
    """Pictures that the champion has judged and no version learned from, the newest first."""
    judged = Prediction.objects.filter(image=OuterRef("pk"), version=trial.champion)
    compared = ShadowPair.objects.filter(image=OuterRef("pk"), trial=trial)
    learned = SnapshotItem.objects.filter(
        Q(snapshot__runs__version=trial.version)
        | Q(snapshot__runs__state=TrainingRun.State.PROMOTED),
        image=OuterRef("pk"),
        use=SnapshotItem.Use.TRAIN,
    )
    return Image.objects.filter(
        Exists(judged), ~Exists(compared), ~Exists(learned), state=Image.State.CLASSIFIED
    ).order_by("-received_at", "pk")


def missing(trial: ShadowTrial) -> int:
    """How many pictures are still wanted."""
    return max(0, trial.wanted - trial.pairs.count())


def compare_stored(trial: ShadowTrial) -> None:
    """Score stored embeddings as the challenger does: no picture is decoded, no network runs."""
    stored = Embedding.objects.filter(
        backbone_digest=trial.version.backbone_digest, image__in=candidates(trial).order_by()
    )
    newest = stored.select_related("image").order_by("-image__received_at", "pk")
    rows = list(newest[: missing(trial)])
    if not rows:
        return
    scorer = scorer_of(trial.version)
    keep_pairs(trial, {row.image_id: score_again(row, scorer) for row in rows})


def keep_pairs(trial: ShadowTrial, scores: Mapping[UUID, Score]) -> None:
    """Write down what both say of each picture; what is there already stands."""
    said = Prediction.objects.filter(version=trial.champion, image__in=scores)
    ShadowPair.objects.bulk_create(
        [
            ShadowPair(
                trial=trial,
                image_id=prediction.image_id,
                champion_verdict=prediction.verdict,
                champion_probability=prediction.probability_ai,
                verdict=scores[prediction.image_id].verdict.value,
                probability=scores[prediction.image_id].probability_ai,
            )
            for prediction in said
        ],
        ignore_conflicts=True,
    )


def look_again(trial: ShadowTrial, before: str) -> str:
    """Look at some originals with the challenger's own network; returns when the last one came.

    Only the embedding is stored. Nothing where the network is the champion's: that one has looked.
    """
    if same_network(trial):
        return ""
    seen = Embedding.objects.filter(
        image=OuterRef("pk"), backbone_digest=trial.version.backbone_digest
    )
    unseen = candidates(trial).filter(~Exists(seen))
    if before:
        unseen = unseen.filter(received_at__lt=datetime.fromisoformat(before))
    images = list(unseen[: min(LOOKS, missing(trial))])
    if images:
        detector = detector_of(trial.version)
        for image in images:
            embed(image, trial.version, detector)
    return images[-1].received_at.isoformat() if images else ""


def embed(image: Image, version: ModelVersion, detector: Detector) -> None:
    """Store what the network sees in one picture; one that cannot be had is left out."""
    try:
        finding = detector.examine(read_original(image))
    except (PictureRefused, NotFound) as error:
        log.warning("%s is not compared: %s", image, error.message)
    else:
        record_embedding(image_id=image.pk, version=version, finding=finding)


@transaction.atomic
def decide(trial_id: int, *, through: bool) -> bool:
    """Count, and end the trial if there is enough to judge it by. True where it has ended.

    ``through`` says that there is nothing left to compare now.
    Everything is read again while the versions are held, so of two who decide one does.
    """
    hold_versions()
    trial = running_trial(trial_id)
    if trial is None:
        return True
    if stale(trial):
        return True
    found = counted(trial)
    if not enough(trial, found, through=through):
        return False
    reason = objection(found, gain=gain_of(trial.version))
    if reason is None:
        accept(trial, found)
    else:
        refuse(trial, reason)
    return True


def stale(trial: ShadowTrial) -> bool:
    """End a comparison with a version that no longer answers."""
    live = production_version()
    if live is not None and live.pk == trial.champion_id:
        return False
    if live is not None:
        overtake_trial(by_version=live)
    return live is not None


def counted(trial: ShadowTrial) -> Agreement:
    """The pairs in figures, written to the trial's row."""
    rows = trial.pairs.values_list(
        "champion_verdict", "champion_probability", "verdict", "probability", "image__label__value"
    )
    found = count(
        Pair(Verdict(before), p, Verdict(now), q, Label(label) if label else None)
        for before, p, now, q, label in rows
    )
    for name in ("compared", "agreed", "flips", "mean_difference", "better", "worse"):
        setattr(trial, name, getattr(found, name))
    trial.save()
    return found


def enough(trial: ShadowTrial, found: Agreement, *, through: bool) -> bool:
    """All pictures that were wanted, or all that there are after the time to wait for more.

    People's answers end it at any time where they show that the challenger is worse.
    """
    waited = timezone.now() - trial.started_at
    late = through and waited >= timedelta(minutes=settings.SHADOW_MINUTES)
    return found.compared >= trial.wanted or found.contradicted or late


def gain_of(version: ModelVersion) -> float:
    """How much of the new labels it gets right beyond what the champion does, 0 to 1."""
    told = version.metrics.get("new_labels") or {}
    return max(0.0, float(told.get("challenger", 0.0)) - float(told.get("champion", 0.0)))


def accept(trial: ShadowTrial, found: Agreement) -> None:
    """Let the challenger answer."""
    words = passed_words(found)
    end_trial(trial, State.PASSED, words)
    reason = f"It passed the gate; in shadow, {words}."
    make_live(version=trial.version, reason=reason)
    run = TrainingRun.objects.filter(version=trial.version).first()
    settle_run(trial.version, promoted_words(trial.version, words, run.outcome if run else ""))


def refuse(trial: ShadowTrial, reason: str) -> None:
    """Let the champion go on alone."""
    end_trial(trial, State.REFUSED, f"{reason} Version {trial.champion.number} answers as before.")
    reject_version(version=trial.version, reason=f"In shadow, {reason}")


@transaction.atomic
def refuse_broken(trial_id: int, error: AivhError) -> None:
    """End the trial of a version whose bundle cannot be loaded."""
    hold_versions()
    trial = running_trial(trial_id)
    if trial is not None:
        refuse(trial, f"it could not be loaded: {error.message}")
