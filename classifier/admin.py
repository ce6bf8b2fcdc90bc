"""Versions, to look at. They are made and moved by the gate, never by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from classifier.models import ModelVersion

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:  # Django's own class takes no type
    Base = admin.ModelAdmin


class ReadOnly(Base):
    """A list and a page for each row, on which nothing can be changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly):
    list_display = ("number", "state", "parent", "created_at", "promoted_at")
    list_filter = ("state",)
    list_select_related = ("parent",)
