"""What runs by itself, and what it ran on."""

from worker.models.alert import Alert, AlertImage, Delivery, Mute
from worker.models.drift import DriftLook
from worker.models.heartbeat import Heartbeat
from worker.models.job import Job, JobItem
from worker.models.override import GateOverride
from worker.models.policy import PolicyEvaluation, RetrainingPolicy
from worker.models.shadow import ShadowPair, ShadowTrial
from worker.models.snapshot import DatasetSnapshot, SnapshotItem
from worker.models.tally import ClosedHour, HourlyTally, TallyTotal
from worker.models.training import Kind, TrainingRun, Trigger
from worker.models.watch import Watch
from worker.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.models.weekly import WeeklyMail

__all__ = [
    "Alert",
    "AlertImage",
    "ClosedHour",
    "DatasetSnapshot",
    "Delivery",
    "DriftLook",
    "GateOverride",
    "Heartbeat",
    "HourlyTally",
    "Job",
    "JobItem",
    "Kind",
    "Mute",
    "PolicyEvaluation",
    "RetrainingPolicy",
    "ShadowPair",
    "ShadowTrial",
    "SnapshotItem",
    "TallyTotal",
    "TrainingRun",
    "Trigger",
    "Watch",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WeeklyMail",
]
