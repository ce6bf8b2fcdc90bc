"""How a retraining ends: the new version is written down, and goes live where the gate says so."""

from django.db import transaction
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.queries import production_version
from classifier.services import promote_version, record_version, reject_version
from classifier.serving import registry
from classifier.training.metrics import Metrics
from classifier.training.refit import RefitResult
from classifier.training.relearn import Gain
from worker.models import TrainingRun
from worker.services.progress import Abandoned

State = TrainingRun.State


def conclude(run: TrainingRun, result: RefitResult) -> None:
    """Store the bundle, then settle version and run in one transaction: all of it or nothing.

    Raises Abandoned where the run was taken away meanwhile, RegistryUnavailable, BundleCorrupt.
    """
    reference = registry().put(result.bundle.path, aliases=("candidate",))
    with transaction.atomic():
        version = record_version(bundle=result.bundle, reference=reference, parent=run.parent)
        reason = refusal(run, result)
        if reason is None:
            promote_version(version=version)
            settle(run, version, State.PROMOTED, promoted_words(version, result), result)
        else:
            reject_version(version=version)
            settle(run, version, State.REJECTED, f"rejected: {reason}", result)


def refusal(run: TrainingRun, result: RefitResult) -> str | None:
    """Why the new version must not go live, or None."""
    live = production_version()
    if live is None or live.pk != run.parent_id:
        return "another version went live meanwhile, so the comparison no longer counts."
    if not result.decision.passed:
        return refused_words(live, result)
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


def promoted_words(version: ModelVersion, result: RefitResult) -> str:
    told = [
        f"promoted: version {version.number} answers from now on",
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
