"""A version that the gate refused, with the table of a real comparison."""

from pathlib import Path

from classifier.detector.bundle import read_bundle
from classifier.models import ModelVersion
from classifier.services import reject_version
from classifier.serving import registry
from classifier.training.gate import decide, same_network_rows
from tests.classifier.training.gate.judged import gold, perfect, with_errors
from tests.worker.challengers import challenger
from worker.models import TrainingRun

ORIGINS = ["zoo"] * 24 + ["town"] * 176 + ["model"] * 200


def gate_rows(version: ModelVersion, *, accused: int) -> list[dict[str, object]]:
    """The table of a challenger that calls so many of 200 human pictures AI."""
    sets = [gold(perfect(), with_errors(accused=accused), groups=ORIGINS)]
    files = same_network_rows(read_bundle(registry().get(version.reference)))
    rows: list[dict[str, object]] = decide(sets, files).to_dict()["rows"]
    return rows


def refused_version(champion: ModelVersion, folder: Path, *, accused: int = 20) -> ModelVersion:
    """Version 2, rejected by its run, because it accuses too many people."""
    version = challenger(folder)
    version.parent = champion
    version.save()
    reject_version(version=version, reason="The gate refused it.")
    TrainingRun.objects.create(
        state=TrainingRun.State.REJECTED,
        outcome="rejected: it accuses too many.",
        parent=champion,
        version=version,
        gate=gate_rows(champion, accused=accused),
    )
    version.refresh_from_db()
    return version
