"""The back office of people. What somebody may do is changed by the services of the People page."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from labelling.admin.base import ShownToAdministrators
from labelling.models import Invitation, User
from labelling.permissions import UPLOADERS
from labelling.services.people import set_roles, set_superuser

admin.site.unregister(Group)  # what a role allows is part of the site, not of an installation


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Names and addresses are changed here; roles on the page that this one links to.

    Only a superuser makes another, and nobody is deleted: what people did keeps their name.
    """

    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser", "groups")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        ("What they may do", {"fields": ("roles", "is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = ("roles", "is_active", "is_staff", "last_login", "date_joined")
        return fixed if is_superuser(request) else (*fixed, "is_superuser")

    @admin.display(description="roles")
    def roles(self, person: User) -> str:
        names = ", ".join(group.name for group in person.groups.all()) or "none"
        return format_html(
            '{} · <a href="{}">Change them</a>', names, reverse("person", args=[person.pk])
        )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        protected = obj is not None and obj.is_superuser and not is_superuser(request)
        return not protected and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: User, form: "ModelForm[Any]", change: bool
    ) -> None:
        """Save names alone; what they may do goes the way of everybody's roles."""
        assert isinstance(request.user, User)
        turned = "is_superuser" in form.changed_data
        obj.is_superuser ^= turned
        super().save_model(request, obj, form, change)
        if not change:
            set_roles(person_id=obj.pk, roles=[UPLOADERS], by=request.user)
        if turned:
            set_superuser(person_id=obj.pk, superuser=not obj.is_superuser, by=request.user)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Nobody sets somebody else's password: the person's page makes a link for it."""
        return redirect("person", int(id))


@admin.register(Invitation)
class InvitationAdmin(ShownToAdministrators):
    list_display = ("created_at", "by", "email", "roles", "expires_at", "accepted_by", "revoked_at")
    list_filter = ("created_at",)
    list_select_related = ("by", "accepted_by")
    exclude = ("token_digest",)


def is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
