"""The back office of the workbench: who is asked what, what is disputed, what was written down."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from labelling.admin.base import ShownToAdministrators
from labelling.models import AuditEntry, Dispute, Flag, QueueItem, QueuePolicy, Showing, User
from labelling.permissions import may_administer
from labelling.services.queue_policy import save_queue_policy


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


@admin.register(QueuePolicy)
class QueuePolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one row that says how the queue mixes, changed by its service."""

    list_display = ("__str__", "gold_share", "audit_share", "novel_share", "votes_wanted")
    fieldsets = (
        ("Of the turns", {"fields": ("gold_share", "audit_share", "novel_share")}),
        ("What settles a picture", {"fields": ("votes_wanted", "unsure_wanted")}),
        ("Reviewers", {"fields": ("lease_minutes", "gold_floor")}),
    )

    def save_model(
        self, request: HttpRequest, obj: QueuePolicy, form: "ModelForm[Any]", change: bool
    ) -> None:
        assert isinstance(request.user, User)
        save_queue_policy(policy=obj, by=request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_administer(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_administer(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_administer(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
