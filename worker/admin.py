"""Retrainings and snapshots, to look at. The dashboard is where one asks for them."""

from django.contrib import admin

from classifier.admin import ReadOnlyAdmin
from worker.models import DatasetSnapshot, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "state", "outcome", "requested_by", "version", "created_at")
    list_filter = ("state",)
    list_select_related = ("requested_by", "version")


@admin.register(DatasetSnapshot)
class DatasetSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("digest", "ai", "human", "gold", "created_at")
