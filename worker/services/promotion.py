"""How a retraining ends: what passed the gate goes into shadow, what did not is rejected."""

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.queries import production_version, taken_back_twin
from classifier.services import hold_versions, record_version, reject_version
from classifier.training.metrics import Metrics
from classifier.training.refit import RefitResult
from classifier.training.relearn import Gain
from labelling.errors import Conflict, InvalidRequest
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import ShadowTrial, TrainingRun
from worker.services.alerts import resolve_alert
from worker.services.endings import FAILED_TRAINING
from worker.services.live import make_live
from worker.services.progress import Abandoned
from worker.services.recording import put_with_record
from worker.services.shadow import continue_trial
from worker.services.shadow_words import shadow_words
from worker.services.trial import begin_trial

log = logging.getLogger(__name__)

State = TrainingRun.State


def conclude(run: TrainingRun, result: RefitResult) -> None:
    """Store the bundle, then settle version and run in one transaction: all of it or nothing.

    What can be compared without looking at a picture is compared at once, so that a site with
    enough stored pictures gets its new version here and now.
    Raises Abandoned where the run was taken away meanwhile, RegistryUnavailable, BundleCorrupt.
    """
    reference = put_with_record(run, result)
    with transaction.atomic():
        version = record_version(bundle=result.bundle, reference=reference, parent=run.parent)
        reason = refusal(run, version, result)
        trial = send_further(run, version, result) if reason is None else None
        if reason is not None:
            reject_version(version=version, reason=f"The gate refused it: {reason}")
            settle(run, version, State.REJECTED, f"rejected: {reason}", result)
    if trial is not None:
        compare_now(trial)


def send_further(
    run: TrainingRun, version: ModelVersion, result: RefitResult
) -> ShadowTrial | None:
    """Into shadow, or live at once where the site wants no pictures compared."""
    champion = run.parent
    assert champion is not None
    told = measured_words(result)
    if not settings.SHADOW_PICTURES:
        make_live(version=version, reason="It passed the gate.")
        words = f"promoted: version {version.number} answers from now on; {told}"
        settle(run, version, State.PROMOTED, words, result)
        return None
    trial = begin_trial(version=version, champion=champion, reason="It passed the gate.")
    settle(run, version, State.SHADOW, shadow_words(version, champion, told), result)
    return trial


def send_on(*, version: ModelVersion, by: User, reason: str) -> ModelVersion:
    """Let a refused version go on by a named person's word: from the gate into shadow.

    One that was refused in shadow beside the version that answers goes live. The reason is kept
    and shown. Raises NotAllowed, InvalidRequest (no reason), Conflict (not refused), NoModel.
    """
    check_may_administer(by)
    if not reason.strip():
        raise InvalidRequest("Say why this version shall go on; the reason is kept with your name.")
    who, told = by.get_username(), f"Sent on: {reason.strip()}"
    with transaction.atomic():
        hold_versions()
        version.refresh_from_db()
        if version.state != ModelVersion.State.REJECTED:
            raise Conflict(f"Version {version.number} is {version.state}; only a refused one can.")
        live = production_version()
        if live is None:
            raise NoModel("No version answers, so there is none to compare with.")
        if settings.SHADOW_PICTURES and not refused_beside(version, live):
            begin_trial(version=version, champion=live, by=who, reason=told)
            state, outcome = State.SHADOW, f"in shadow: {who} sent it on: {reason.strip()}"
        else:
            make_live(version=version, by=who, reason=told)
            state, outcome = State.PROMOTED, f"promoted: {who} sent it on: {reason.strip()}"
        TrainingRun.objects.filter(version=version).update(state=state, outcome=outcome[:500])
    return version


def refused_beside(version: ModelVersion, live: ModelVersion) -> bool:
    """Whether its time in shadow beside the version that answers went against it."""
    trials = ShadowTrial.objects.filter(version=version, champion=live)
    return trials.filter(state=ShadowTrial.State.REFUSED).exists()


def compare_now(trial: ShadowTrial) -> None:
    """The trial's first round. Whatever breaks it, the sweeper takes it up again."""
    try:
        continue_trial(trial_id=trial.pk, look=False)
    except Exception:
        log.exception("%s waits for the sweeper.", trial)


def refusal(run: TrainingRun, version: ModelVersion, result: RefitResult) -> str | None:
    """Why the new version must not go on, or None. The caller is in a transaction."""
    hold_versions()
    live = production_version()
    if live is None or live.pk != run.parent_id:
        return "another version went live meanwhile, so the comparison no longer counts."
    if not result.decision.passed:
        return refused_words(live, result)
    twin = taken_back_twin(version)
    if twin is not None:
        return (
            f"it learned the same as version {twin.number}, which was taken back: "
            f"{twin.taken_back} Version {live.number} answers as before."
        )
    return None


def settle(
    run: TrainingRun, version: ModelVersion, state: str, outcome: str, result: RefitResult
) -> None:
    settled = TrainingRun.objects.held(run).update(
        state=state,
        version=version,
        outcome=outcome[:500],
        gate=result.decision.to_dict()["rows"],
        progress=1.0,
        step="",
        finished_at=timezone.now(),
    )
    if not settled:
        raise Abandoned
    resolve_alert(key=FAILED_TRAINING)


def measured_words(result: RefitResult) -> str:
    told = [
        *([gained(result.gain)] if result.gain else []),
        change(result.champion, result.challenger),
    ]
    return "; ".join(told)


def gained(gain: Gain) -> str:
    """What learning brought on the new labels, each judged as if it had not been learned from."""
    noun = "label" if gain.n == 1 else "labels"
    return (
        f"{gain.champion:.0%} → {gain.challenger:.0%} right on {gain.n} new {noun}, "
        "each judged before it was learned"
    )


def refused_words(live: ModelVersion, result: RefitResult) -> str:
    """The first measure that fell too far, else all that the gate says."""
    decision = result.decision
    failed = [
        reason for row, reason in zip(decision.rows, decision.reasons, strict=False) if not row.ok
    ]
    reason = (failed or decision.reasons)[0]
    return f"{reason} Version {live.number} answers as before."


def change(before: Metrics, after: Metrics) -> str:
    """The figure that people know best, before and after."""
    if before.auroc is None or after.auroc is None:
        return f"measured on {after.n} pictures that no version learned from"
    figures = f"AUROC {before.auroc.value:.3f} → {after.auroc.value:.3f}"
    return f"{figures} on {after.n} pictures that no version learned from"
