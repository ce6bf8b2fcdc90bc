"""The back office of the workbench: who is asked what, what is disputed, what was written down."""

from django.contrib import admin

from labelling.admin.base import ShownToAdministrators
from labelling.models import AuditEntry, Dispute, Flag, QueueItem, Showing


@admin.register(QueueItem)
class QueueItemAdmin(ShownToAdministrators):
    list_display = ("image", "lane", "why", "rank", "novelty", "since")
    list_filter = ("lane", "why")
    list_select_related = ("image",)
    show_full_result_count = False
    search_fields = ("image__sha256",)


@admin.register(Showing)
class ShowingAdmin(ShownToAdministrators):
    list_display = ("shown_at", "image", "person", "why", "probability", "outcome", "ended_at")
    list_filter = ("why", "outcome", "shown_at")
    list_select_related = ("image", "person")
    show_full_result_count = False
    search_fields = ("image__sha256", "person__username")


@admin.register(Dispute)
class DisputeAdmin(ShownToAdministrators):
    list_display = ("opened_at", "image", "by", "state", "answered_by", "answered_at")
    list_filter = ("state", "opened_at")
    list_select_related = ("image", "by", "answered_by")
    search_fields = ("image__sha256", "by__username")


@admin.register(Flag)
class FlagAdmin(ShownToAdministrators):
    list_display = ("created_at", "image", "by", "note", "resolved_by", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("image", "by", "resolved_by")
    search_fields = ("image__sha256", "by__username", "note")


@admin.register(AuditEntry)
class AuditEntryAdmin(ShownToAdministrators):
    list_display = ("number", "at", "actor", "action", "subject")
    list_filter = ("action", "at")
    show_full_result_count = False
    search_fields = ("actor", "subject")
