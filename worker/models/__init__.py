"""What runs by itself, and what it ran on."""

from worker.models.job import Job, JobItem
from worker.models.override import GateOverride
from worker.models.policy import PolicyEvaluation, RetrainingPolicy
from worker.models.shadow import ShadowPair, ShadowTrial
from worker.models.snapshot import DatasetSnapshot, SnapshotItem
from worker.models.training import Kind, TrainingRun, Trigger
from worker.models.watch import Watch

__all__ = [
    "DatasetSnapshot",
    "GateOverride",
    "Job",
    "JobItem",
    "Kind",
    "PolicyEvaluation",
    "RetrainingPolicy",
    "ShadowPair",
    "ShadowTrial",
    "SnapshotItem",
    "TrainingRun",
    "Trigger",
    "Watch",
]
