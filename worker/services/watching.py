"""The time after a promotion: compare with the version before on new pictures, return on alarm."""

import logging
from collections.abc import Set
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from classifier.errors import AivhError, RegistryUnavailable
from classifier.models import ModelVersion
from classifier.queries import production_version, versions_before
from classifier.services import hold_versions
from classifier.serving import detector_of, scorer_of
from classifier.vocabulary import Label, Verdict
from labelling.models import Embedding, Prediction
from worker.models import Alert, RetrainingPolicy, Watch
from worker.services.alerts import raise_alert
from worker.services.failures import failures_of
from worker.services.live import TAKEN_BACK, end_watch
from worker.services.rejudging import score_again
from worker.services.rollback import first_at_hand, go_back
from worker.services.shadow import gain_of
from worker.services.shadow_bounds import Pair, count
from worker.services.watch_bounds import alarm_in, below_floor

log = logging.getLogger(__name__)

State = Watch.State

NEWEST = 500  # pictures that are compared
FAILURES = 3  # times that the new version broke, after which it goes


def watch_promotion() -> None:
    """Look after the version that was promoted last. Safe to run twice and beside another."""
    watch = Watch.objects.filter(state=State.WATCHING).select_related("version", "before").first()
    if watch is None:
        return
    live = production_version()
    if live is None or live.pk != watch.version_id:
        end_watch(State.ENDED, "Another version was put in its place.")
        return
    reason = trouble_with(watch.version) or worse_than_before(watch)
    if reason:
        raise_alarm(version_id=watch.version_id, reason=reason)
    elif timezone.now() >= watch.ends_at:
        end_watch(State.KEPT, f"Nothing spoke against it on {watch.compared} new pictures.")


def raise_alarm(*, version_id: int, reason: str) -> ModelVersion | None:
    """Return to the version before, once, if ``version_id`` answers and is still watched.

    Returns the version that answers now; None where nothing was changed. ``reason`` is a sentence.
    """
    watch = Watch.objects.filter(version=version_id, state=State.WATCHING).first()
    if watch is None:
        log.warning("An alarm about a version that is not watched: %s", reason)
        return None
    log.error("Alarm about %s: %s", watch.version, reason)
    try:
        return return_from(watch, reason)
    except AivhError as error:
        log.error("%s goes on answering: %s", watch.version, error.message)
        return None


@transaction.atomic
def return_from(watch: Watch, reason: str) -> ModelVersion | None:
    """Take the promotion back; of two alarms at one moment the first does it."""
    hold_versions()
    live = production_version()
    watching = Watch.objects.filter(pk=watch.pk, state=State.WATCHING)
    if live is None or live.pk != watch.version_id or not watching.exists():
        return None
    target = first_at_hand([watch.before, *versions_before(live).exclude(pk=watch.before_id)])
    end_watch(State.RETURNED, f"{reason} Version {target.number} answers again.")
    answers = go_back(live=live, target=target, by="", reason=f"Alarm: {reason}")
    raise_alert(
        key=TAKEN_BACK,
        kind=Alert.Kind.ACCURACY,
        sentence=f"Version {live.number} was taken back: {reason} "
        f"Version {target.number} answers again.",
        advice="Look at what it learned from before you retrain. The next promotion ends this.",
        link=reverse("version", args=[live.number]),
    )
    return answers


def trouble_with(version: ModelVersion) -> str:
    """Why it cannot do its work at all; empty where it can."""
    try:
        detector_of(version)
    except RegistryUnavailable as error:  # this machine cannot fetch it; others may have it
        log.warning("%s cannot be fetched here: %s", version, error.message)
    except AivhError as error:
        return f"It cannot be loaded: {error.message}"
    failures = failures_of(version)
    if failures >= FAILURES:
        return f"It failed on {failures} pictures that were fine."
    return ""


def worse_than_before(watch: Watch) -> str:
    """Why it does worse than the version before on what came since; empty where it does not."""
    pairs = pairs_since(watch)
    if len(pairs) != watch.compared:
        Watch.objects.filter(pk=watch.pk).update(compared=len(pairs))
        watch.compared = len(pairs)
    reason = alarm_in(count(pairs), gain=gain_of(watch.version))
    return reason or too_seldom_right(watch)


def pairs_since(watch: Watch) -> list[Pair]:
    """What both versions say of the newest pictures that came since the promotion."""
    return paired(watch, said_by(watch.version).filter(image__received_at__gte=watch.started_at))


def too_seldom_right(watch: Watch) -> str:
    """Why the audit sample speaks against it, where a policy has set a floor."""
    floors = RetrainingPolicy.objects.filter(enabled=True, accuracy_floor__isnull=False)
    floor = floors.aggregate(highest=Max("accuracy_floor"))["highest"]
    if floor is None:
        return ""
    audited = said_by(watch.version).filter(image__audit=True, image__label__isnull=False)
    return below_floor(paired(watch, audited), floor=floor)


def said_by(version: ModelVersion) -> QuerySet[Prediction]:
    present = Prediction.objects.filter(version=version, image__deleted_at__isnull=True)
    said = present.select_related("image", "image__label")
    return said.order_by("-image__received_at")


def paired(watch: Watch, said: QuerySet[Prediction]) -> list[Pair]:
    """What the version before says of the same pictures, beside it.

    It is asked by the stored embedding, so only where it has the same network; else there is only
    what it has said itself.
    """
    rows = {row.image_id: row for row in said[:NEWEST]}
    before = {row.image_id: row for row in said_by(watch.before).filter(image__in=rows)}
    words = {key: (Verdict(row.verdict), row.probability_ai) for key, row in before.items()}
    if watch.before.backbone_digest == watch.version.backbone_digest:
        words |= asked_again(watch.before, rows.keys() - words.keys())
    return [pair_of(rows[image_id], *word) for image_id, word in words.items()]


def asked_again(version: ModelVersion, image_ids: Set[UUID]) -> dict[UUID, tuple[Verdict, float]]:
    """What ``version`` would say of these pictures; kept nowhere, because it answers no more."""
    stored = Embedding.objects.filter(
        backbone_digest=version.backbone_digest, image__in=image_ids
    ).select_related("image")
    if not stored:
        return {}
    scorer = scorer_of(version)
    scores = {row.image_id: score_again(row, scorer) for row in stored}
    return {key: (score.verdict, score.probability_ai) for key, score in scores.items()}


def pair_of(now: Prediction, before: Verdict, probability: float) -> Pair:
    label = getattr(now.image, "label", None)
    settled = Label(label.value) if label else None
    return Pair(before, probability, Verdict(now.verdict), now.probability_ai, settled)
