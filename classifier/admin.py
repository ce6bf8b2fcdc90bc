"""Versions, to look at. They are made and moved by the gate, never by hand."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from classifier.models import ModelVersion


class ReadOnly:
    """What services and workers have written is shown and not touched."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """A list and a page for each row."""


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "parent", "created_at", "promoted_at")
    list_filter = ("state",)
    list_select_related = ("parent",)
