"""A challenger in shadow: judge what the champion judged, count, and decide.

What the challenger says is kept in the trial's pairs and nowhere else.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from classifier.errors import AivhError, RegistryUnavailable
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import hold_versions, reject_version
from classifier.vocabulary import Label, Verdict
from labelling.errors import Conflict
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import ShadowTrial, TrainingRun
from worker.services.live import make_live, settle_run
from worker.services.shadow_bounds import Agreement, Pair, count, objection
from worker.services.shadow_pairs import compare_stored, look_again, same_network
from worker.services.shadow_words import passed_words, promoted_words
from worker.services.trial import chain_of, end_trial, overtake_trial

log = logging.getLogger(__name__)

State = ShadowTrial.State

LOOK_AGAIN_AFTER = 5  # seconds; by then something may have come in


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


@transaction.atomic
def decide(trial_id: int, *, through: bool) -> bool:
    """Count, and end the trial if there is enough to judge it by. True where it has ended.

    ``through`` says that there is nothing left to compare now.
    Everything is read again while the versions are held, so of two who decide one does.
    """
    hold_versions()
    trial = running_trial(trial_id)
    if trial is None or stale(trial):
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
    """How much of the new labels it gets right beyond what the champion does, 0 to 1.

    A bundle from elsewhere may say what it likes; only a training of this site is believed.
    """
    if not TrainingRun.objects.filter(version=version).exists():
        return 0.0
    told = version.metrics.get("new_labels") or {}
    return max(0.0, float(told.get("challenger", 0.0)) - float(told.get("champion", 0.0)))


def accept(trial: ShadowTrial, found: Agreement) -> None:
    """Let the challenger answer."""
    words = passed_words(found)
    end_trial(trial, State.PASSED, words)
    run = TrainingRun.objects.filter(version=trial.version).first()
    gate = "It passed the gate; in" if run else "In"
    make_live(version=trial.version, reason=f"{gate} shadow, {words}.")
    settle_run(trial.version, promoted_words(trial.version, words, run.outcome if run else ""))


def refuse(trial: ShadowTrial, reason: str, *, by: str = "") -> None:
    """Let the champion go on alone."""
    end_trial(trial, State.REFUSED, f"{reason} Version {trial.champion.number} answers as before.")
    reject_version(version=trial.version, by=by, reason=f"In shadow, {reason}")


@transaction.atomic
def stop_trial(*, number: int, by: User) -> ModelVersion:
    """End the time in shadow of version ``number`` by a person's word; it is rejected.

    Raises NotAllowed, and Conflict where it is not in shadow (any more).
    """
    check_may_administer(by)
    hold_versions()
    running = ShadowTrial.objects.filter(version__number=number, state=State.RUNNING)
    trial = running.select_related("version", "champion").first()
    if trial is None:
        raise Conflict(f"Version {number} is not in shadow now.")
    who = by.get_username()
    refuse(trial, f"{who} stopped it after {trial.compared} pictures.", by=who)
    return trial.version


@transaction.atomic
def refuse_broken(trial_id: int, error: AivhError) -> None:
    """End the trial of a version whose bundle cannot be loaded."""
    hold_versions()
    trial = running_trial(trial_id)
    if trial is not None:
        refuse(trial, f"it could not be loaded: {error.message}")
