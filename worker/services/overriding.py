"""Sending on a version that the gate refused, by a named person's word."""

from django.db import transaction

from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import hold_versions
from labelling.errors import Conflict, InvalidRequest
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.models import GateOverride, ShadowTrial, TrainingRun
from worker.services.promotion import send_on

LEAST_REASON, LONGEST_REASON = 20, 400  # characters


@transaction.atomic
def override_gate(*, version: ModelVersion, by: User, reason: str) -> GateOverride:
    """Send a version on that the gate or its time in shadow refused; name and reason are kept.

    Raises NotAllowed; InvalidRequest for a reason that is too short or too long; Conflict where
    nothing refused it, where it has gone on since, and where another version answers than the one
    that it was compared with; NoModel.
    """
    check_may_administer(by)
    reason = " ".join(reason.split())
    if not LEAST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidRequest(
            f"Say in {LEAST_REASON} to {LONGEST_REASON} characters why this version shall go on. "
            "The reason is kept and shown with your name."
        )
    hold_versions()
    version.refresh_from_db()
    failed = overridable(version)
    override = GateOverride.objects.create(
        version=version, by=by.get_username(), reason=reason, checks=failed
    )
    send_on(version=version, by=by, reason=reason)
    return override


def overridable(version: ModelVersion) -> list[str]:
    """What the failed checks say. Raises Conflict where there is nothing to overrule (any more)."""
    run = TrainingRun.objects.filter(version=version).first()
    failed = [row["words"] for row in run.gate if not row["ok"]] if run else []
    failed += refused_in_shadow(version)
    if run is None or not failed:
        raise Conflict(f"The gate has not refused version {version.number}.")
    if version.state != ModelVersion.State.REJECTED:
        raise Conflict(f"Version {version.number} is {version.state} and not refused any more.")
    live = production_version()
    if live is None or live.pk != run.parent_id:
        raise Conflict(
            f"Version {version.number} was compared with a version that does not answer any more, "
            "so the comparison no longer counts. Please retrain instead."
        )
    return failed


def refused_in_shadow(version: ModelVersion) -> list[str]:
    """What its times in shadow say against it."""
    refused = ShadowTrial.objects.filter(version=version, state=ShadowTrial.State.REFUSED)
    return [f"In shadow, {outcome}" for outcome in refused.values_list("outcome", flat=True)]


def may_be_overridden(version: ModelVersion) -> bool:
    """Whether there is a refusal of this version that a person could still overrule."""
    try:
        overridable(version)
    except Conflict:
        return False
    return True
