"""The back office: everything can be looked at; decisions are made on the pages, never here."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.html import format_html

from classifier.admin import ReadOnly, ReadOnlyAdmin
from labelling.errors import Conflict
from labelling.models import Evidence, Image, Label, Prediction, Review, Submission, User
from labelling.services.review import ask_for_gold, keep_as_regression

ROLES = (
    "Reviewers settle pictures. Administrators also retrain, see the dashboard and make accounts; "
    "they need “Staff status” as well. Without a role, a person hands pictures in."
)


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """The role is chosen where the account is made, not on a second page.

    Whoever administers gives roles and nothing beyond: only a superuser makes or changes one.
    """

    add_fieldsets = (*UserAdmin.add_fieldsets, ("Role", {"fields": ("groups", "is_staff")}))
    filter_horizontal = ("user_permissions",)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return () if is_superuser(request) else ("is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        protected = obj is not None and obj.is_superuser and not is_superuser(request)
        return not protected and super().has_change_permission(request, obj)

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelMultipleChoiceField[Any] | None":
        if db_field.name == "groups":
            kwargs |= {"widget": CheckboxSelectMultiple, "label": "Roles", "help_text": ROLES}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


class Inline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0


class Submissions(Inline):
    model = Submission
    fields = readonly_fields = ("created_at", "channel", "submitter", "filename")


class Predictions(Inline):
    model = Prediction
    fields = readonly_fields = ("version", "verdict", "probability_ai", "logit", "created_at")


class Clues(Inline):
    model = Evidence
    fields = readonly_fields = ("kind", "says", "verified", "tool", "where", "sentence", "prompt")


class Reviews(Inline):
    model = Review
    fields = readonly_fields = ("created_at", "reviewer", "answer", "retracts")


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "short", "state", "label", "votes_wanted", "dimensions", "page")
    list_filter = (
        "state",
        "content_type",
        "label__value",
        "label__gold",
        "audit",
        ("regression_since", admin.EmptyFieldListFilter),
        ("doubted_at", admin.EmptyFieldListFilter),
        "received_at",
    )
    list_select_related = ("label",)
    search_fields = ("sha256", "submissions__filename", "submissions__submitter__username")
    inlines = (Submissions, Predictions, Clues, Reviews)
    actions = ("want_gold", "keep_for_ever")

    @admin.display(description="sha256", ordering="sha256")
    def short(self, image: Image) -> str:
        return image.sha256[:12]

    @admin.display(description="size")
    def dimensions(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description="page")
    def page(self, image: Image) -> str:
        return format_html('<a href="{}">Open</a>', image.get_absolute_url())

    @admin.action(description="Ask for gold: two independent votes", permissions=["ask"])
    def want_gold(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        assert isinstance(request.user, User)
        for image_id in images.values_list("pk", flat=True):
            ask_for_gold(image_id=image_id, by=request.user)
        messages.success(request, "Two people will decide on each of these, unseen by each other.")

    @admin.action(description="Keep in the regression set for ever", permissions=["ask"])
    def keep_for_ever(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        assert isinstance(request.user, User)
        kept, refused = 0, 0
        for image_id in images.values_list("pk", flat=True):
            try:
                keep_as_regression(image_id=image_id, by=request.user)
                kept += 1
            except Conflict:
                refused += 1
        if kept:
            messages.success(request, f"{kept} measured for ever from now on, and never learned.")
        if refused:
            messages.warning(request, f"{refused} not settled yet, so there is nothing to measure.")

    def has_ask_permission(self, request: HttpRequest) -> bool:
        """Who may see the action; the service asks again whether this person administers."""
        return request.user.has_perm("labelling.change_image")


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "image", "version", "verdict", "probability_ai")
    list_filter = ("verdict", "version", "created_at")
    list_select_related = ("image", "version")
    search_fields = ("image__sha256",)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "image", "reviewer", "answer", "retracts")
    list_filter = ("answer", "reviewer", "created_at")
    list_select_related = ("image", "reviewer", "retracts")
    search_fields = ("image__sha256", "reviewer__username")


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    list_display = ("settled_at", "image", "value", "gold")
    list_filter = ("value", "gold", "settled_at")
    list_select_related = ("image",)
    search_fields = ("image__sha256",)


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "image", "channel", "submitter", "filename")
    list_filter = ("channel", "created_at")
    list_select_related = ("image", "submitter")
    search_fields = ("filename", "image__sha256", "submitter__username")
