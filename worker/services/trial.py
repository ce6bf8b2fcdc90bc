"""A challenger's time in shadow, as rows: begun, ended, overtaken."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.services import put_in_shadow, reject_version
from worker.models import ShadowTrial, TrainingRun
from worker.services.chain import Chain

State = ShadowTrial.State


def chain_of(trial_id: int) -> Chain:
    """The batches in which a trial's pictures are judged."""
    return Chain("shadow", trial_id)


@transaction.atomic
def begin_trial(
    *, version: ModelVersion, champion: ModelVersion, by: str = "", reason: str
) -> ShadowTrial:
    """Put ``version`` in shadow beside ``champion``; a challenger that is there already yields.

    The caller holds the versions. Raises WrongState.
    """
    overtake_trial(by_version=version)
    put_in_shadow(version=version, by=by, reason=reason)
    trial = ShadowTrial.objects.create(
        version=version, champion=champion, wanted=settings.SHADOW_PICTURES
    )
    transaction.on_commit(partial(chain_of(trial.pk).start), robust=True)
    return trial


def overtake_trial(*, by_version: ModelVersion) -> None:
    """End a trial that another version has made pointless. The caller holds the versions."""
    running = ShadowTrial.objects.filter(state=State.RUNNING).exclude(version=by_version)
    for trial in running.select_related("version"):
        outcome = f"version {by_version.number} took its place before the comparison was through."
        end_trial(trial, State.OVERTAKEN, outcome)
        reject_version(version=trial.version, reason=f"In shadow, {outcome}")


def end_trial(trial: ShadowTrial, state: str, outcome: str) -> None:
    """Write the trial's end down, and the training's where it did not pass."""
    trial.state, trial.outcome, trial.finished_at = State(state), outcome[:500], timezone.now()
    trial.save(update_fields=["state", "outcome", "finished_at"])
    if state != State.PASSED:
        in_shadow = TrainingRun.objects.filter(
            version=trial.version_id, state=TrainingRun.State.SHADOW
        )
        in_shadow.update(
            state=TrainingRun.State.REJECTED, outcome=f"rejected: in shadow, {outcome}"[:500]
        )
