"""Retrainings and snapshots, to look at. The dashboard is where one asks for them."""

from django.contrib import admin

from classifier.admin import ReadOnly
from worker.models import DatasetSnapshot, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnly):
    list_display = ("id", "state", "outcome", "requested_by", "version", "created_at")
    list_filter = ("state",)
    list_select_related = ("requested_by", "version")


@admin.register(DatasetSnapshot)
class DatasetSnapshotAdmin(ReadOnly):
    list_display = ("digest", "ai", "human", "gold", "created_at")
