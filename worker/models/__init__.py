"""What runs by itself, and what it ran on."""

from worker.models.snapshot import DatasetSnapshot, SnapshotItem
from worker.models.training import TrainingRun

__all__ = ["DatasetSnapshot", "SnapshotItem", "TrainingRun"]
