"""Making a version the one that answers, with all that hangs on it, in one transaction."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import hold_versions, promote_version
from worker.models import TrainingRun, Watch
from worker.services.alerts import resolve_alert
from worker.services.trial import overtake_trial

TAKEN_BACK = "taken-back"  # the key of the alert that the site went back by itself


@transaction.atomic
def make_live(
    *,
    version: ModelVersion,
    by: str = "",
    reason: str,
    taking_back: bool = False,
    watched: bool = True,
) -> ModelVersion:
    """Let ``version`` answer; a trial and a watch that are under way end with it.

    ``taking_back`` keeps the version before from being promoted by itself again; ``watched`` lets
    the site return to it on an alarm. Raises WrongState.
    """
    hold_versions()
    before = production_version()
    overtake_trial(by_version=version)
    promote_version(version=version, by=by, reason=reason, taking_back=taking_back)
    if not taking_back:
        resolve_alert(key=TAKEN_BACK)
    if before is None or before.pk == version.pk:
        return version
    end_watch(Watch.State.ENDED, f"Version {version.number} was put in its place.")
    if watched and settings.WATCH_HOURS:
        ends_at = timezone.now() + timedelta(hours=settings.WATCH_HOURS)
        Watch.objects.create(version=version, before=before, ends_at=ends_at)
    return version


def end_watch(state: str, outcome: str) -> bool:
    """End the watch that is kept, if there is one; True for one caller only."""
    watching = Watch.objects.filter(state=Watch.State.WATCHING)
    return bool(watching.update(state=state, outcome=outcome[:500], finished_at=timezone.now()))


def settle_run(version: ModelVersion, outcome: str) -> None:
    """Let the training that made this version end as promoted."""
    TrainingRun.objects.filter(version=version).update(
        state=TrainingRun.State.PROMOTED, outcome=outcome[:500]
    )
