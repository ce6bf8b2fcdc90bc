"""The back office of pictures and what was said of them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from classifier.admin import ReadOnly, ReadOnlyAdmin
from labelling.errors import Conflict
from labelling.models import Evidence, Image, Label, Prediction, Review, Submission, User
from labelling.services.review import ask_for_gold, keep_as_regression


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
