"""A version that no training here made: into shadow, by a named person's word."""

from django.conf import settings
from django.db import transaction

from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import hold_versions
from labelling.errors import Conflict, InvalidRequest
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import ShadowTrial
from worker.services.promotion import compare_now
from worker.services.trial import begin_trial

LONGEST_REASON = 400  # characters that are kept


def consider(*, version: ModelVersion, by: User, reason: str) -> ShadowTrial:
    """Compare a candidate from elsewhere with the version that answers, on the site's pictures.

    The gate cannot judge it: what its makers learned from is not known here, so the gold set may
    be among it. What it says of new pictures decides instead, and nobody sees it until then.
    Raises NotAllowed; InvalidRequest (no reason); NoModel; Conflict where it is no candidate, or
    where the site compares no pictures.
    """
    check_may_administer(by)
    if not reason.strip():
        raise InvalidRequest("Say where this version comes from; it is kept with your name.")
    if not settings.SHADOW_PICTURES:
        raise Conflict(
            "AIVH_SHADOW_PICTURES is 0, so this version would answer without ever being compared."
        )
    with transaction.atomic():
        hold_versions()
        version.refresh_from_db()
        if version.state != ModelVersion.State.CANDIDATE:
            raise Conflict(
                f"Version {version.number} is {version.state}; only a candidate can be considered."
            )
        live = production_version()
        if live is None:
            raise NoModel("No version answers, so there is none to compare with.")
        told = f"From elsewhere: {' '.join(reason.split())[:LONGEST_REASON]}"
        trial = begin_trial(version=version, champion=live, by=by.get_username(), reason=told)
    compare_now(trial)
    return trial
