"""Ending a time in shadow early by a person's word: the challenger answers from now on."""

from django.db import transaction

from classifier.models import ModelVersion
from classifier.services import hold_versions
from labelling.errors import Conflict, InvalidRequest
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import GateOverride, ShadowTrial, TrainingRun
from worker.services.live import make_live, settle_run
from worker.services.shadow import counted, gain_of
from worker.services.shadow_bounds import objection
from worker.services.shadow_words import promoted_words
from worker.services.trial import end_trial

LEAST_REASON, LONGEST_REASON = 3, 300  # characters


@transaction.atomic
def let_answer(*, number: int, by: User, reason: str) -> ModelVersion:
    """Let version ``number`` answer before its time in shadow is over.

    Only what passed the gate, or was sent on by a named person, and what nothing in shadow speaks
    against so far. Raises NotAllowed; InvalidRequest for a reason that is too short or too long;
    Conflict.
    """
    check_may_administer(by)
    reason = " ".join(reason.split())
    if not LEAST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidRequest(
            f"Say in {LEAST_REASON} to {LONGEST_REASON} characters why it shall not wait longer. "
            "The reason is kept and shown with your name."
        )
    hold_versions()
    trial = promotable(number)
    who, run = by.get_username(), TrainingRun.objects.filter(version=trial.version).first()
    words = f"{who} let it answer after {pictures(trial.compared)}: {reason}"
    end_trial(trial, ShadowTrial.State.PASSED, words)
    make_live(version=trial.version, by=who, reason=f"In shadow, {words}")
    settle_run(trial.version, promoted_words(trial.version, words, run.outcome if run else ""))
    return trial.version


def promotable(number: int) -> ShadowTrial:
    """The trial that a person may end, counted up to now. Raises Conflict, in words."""
    running = ShadowTrial.objects.filter(version__number=number, state=ShadowTrial.State.RUNNING)
    trial = running.select_related("version", "champion").first()
    if trial is None:
        raise Conflict(f"Version {number} is not in shadow now.")
    if not passed_gate(trial.version):
        raise Conflict(
            f"No gate has judged version {number}, because no training here made it. Only its time "
            "in shadow can decide."
        )
    against = objection(counted(trial), gain=gain_of(trial.version))
    if against is not None:
        raise Conflict(f"In shadow, {against} So version {number} cannot answer before its time.")
    return trial


def passed_gate(version: ModelVersion) -> bool:
    """Whether a training here made it and every check passed, or a named person overruled that."""
    run = TrainingRun.objects.filter(version=version).first()
    if run is None or not run.gate:
        return False
    passed = all(row["ok"] for row in run.gate)
    return passed or GateOverride.objects.filter(version=version).exists()


def pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
