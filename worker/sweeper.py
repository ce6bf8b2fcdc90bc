"""What repairs the site after a broker or a worker died: the rows know what is still to do."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from classifier.queries import production_version
from classifier.serving import registry
from labelling.models import Image
from labelling.services.audit_log import seal_all
from labelling.services.deletion import purge_bin
from labelling.services.kept_answers import forget_old_answers
from labelling.services.qualities import read_qualities
from labelling.services.requeueing import is_outdated
from worker.broker import INFERENCE, UNREACHABLE, depth, send
from worker.models import ShadowTrial, TrainingRun
from worker.services import (
    endings,
    inference,
    lease,
    long_waits,
    rejudging,
    requeueing,
    watching,
)
from worker.services.jobs import endings as job_endings
from worker.services.jobs.exporting import discard_old_exports
from worker.services.jobs.importing import discard_sent_zips
from worker.services.trial import chain_of
from worker.services.webhooks import delivering, events

log = logging.getLogger(__name__)

# The queue is filled up to here; a longer one only holds the same pictures many times over.
QUEUE_LIMIT = 500
RESEND_RUN_AFTER = timedelta(seconds=60)


def sweep() -> None:
    """One round. Each step stands alone, also when another fails, and beside another sweeper's."""
    for step in (
        send_images,
        take_back_silent_runs,
        send_runs,
        take_back_silent_jobs,
        send_jobs,
        empty_bin,
        catch_up,
        requeue,
        continue_trials,
        watch,
        watch_waiting,
        send_bundles,
        discard_files,
        seal_audit_log,
        fill_in_qualities,
        discard_answers,
        tell_webhooks,
        discard_webhook_log,
    ):
        try:
            step()
        except Exception:  # whatever broke one repair, the others are still wanted
            log.exception("The sweeper could not %s.", step.__name__.replace("_", " "))


def send_bundles() -> None:
    """Send what Weights & Biases missed, if the site uses it."""
    registry().synchronise_soon()


def seal_audit_log() -> None:
    """Seal what was written down by somebody who died before sealing it."""
    seal_all()


def fill_in_qualities() -> None:
    """Read the JPEG quality of some pictures that came before it was kept."""
    read_qualities()


def discard_answers() -> None:
    """Forget answers that were kept for a request that might come again."""
    forget_old_answers()


def tell_webhooks() -> None:
    """Let webhooks tell what the queue did not bring, and what is to be tried again."""
    events.spread_overdue()
    delivering.serve_overdue()


def discard_webhook_log() -> None:
    events.discard_old_events()


def send_images() -> int:
    """Send the oldest pictures that wait again, as many as the queue has room for."""
    try:
        room = QUEUE_LIMIT - depth(INFERENCE)
    except UNREACHABLE as error:
        log.warning("The queue does not answer: %s", error)
        return 0
    if room <= 0:
        return 0
    waiting = Image.objects.filter(inference.due()).order_by("received_at")
    sent = inference.send_waiting(image_ids=list(waiting.values_list("pk", flat=True)[:room]))
    if sent:
        log.info("%d waiting pictures were sent again.", sent)
    return sent


def send_runs() -> None:
    """Send the retraining that was asked for again, if nobody has begun with it."""
    now = timezone.now()
    late = Q(sent_at__isnull=True) | Q(sent_at__lt=now - RESEND_RUN_AFTER)
    for run in TrainingRun.objects.filter(late, state=TrainingRun.State.QUEUED):
        if TrainingRun.objects.filter(late, pk=run.pk, state=run.state).update(sent_at=now):
            send("retrain", run.pk)


def take_back_silent_runs() -> int:
    """Free retrainings whose worker has died: they begin again, or end in words."""
    silent = TrainingRun.objects.filter(
        state=TrainingRun.State.RUNNING, heartbeat_at__lt=timezone.now() - lease.SILENT_AFTER
    )
    return sum(
        endings.take_back(
            run,
            endings.attempt(run).filter(heartbeat_at=run.heartbeat_at),
            lost="the worker that had it fell silent",
        )
        for run in silent.select_related("cancelled_by")
    )


def take_back_silent_jobs() -> int:
    """Free jobs whose worker has died: they begin again, or end in words."""
    return job_endings.take_back_silent()


def send_jobs() -> None:
    """Send the jobs that nobody has begun with again."""
    job_endings.send_waiting_jobs()


def empty_bin() -> int:
    """Delete for good what has lain in the bin for long enough."""
    return purge_bin()


def discard_files() -> None:
    """Delete the files of exports that were made long ago, and the zips that are imported."""
    discard_old_exports()
    discard_sent_zips()


def continue_trials() -> None:
    """Let the challenger in shadow judge what has come in."""
    for trial in ShadowTrial.objects.filter(state=ShadowTrial.State.RUNNING):
        chain_of(trial.pk).start()


def watch() -> None:
    """Return to the version before, where the one that was promoted last does harm."""
    watching.watch_promotion()


def watch_waiting() -> None:
    """Raise an alert where pictures wait for long."""
    long_waits.watch_waiting()


def catch_up() -> None:
    """Let the version in production judge what it has not, where that was interrupted."""
    version = production_version()
    if version is not None and rejudging.unjudged(version).exists():
        rejudging.start_predicting_anew(version_id=version.pk)


def requeue() -> None:
    """Go on making the queue's places anew, where that was interrupted."""
    if is_outdated():
        requeueing.start_requeueing()
