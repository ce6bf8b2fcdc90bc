"""The back office of what runs by itself: policies are edited here, the rest is to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from classifier.admin import ReadOnlyAdmin
from labelling.admin.base import ShownToAdministrators
from labelling.models import User
from worker.models import (
    DatasetSnapshot,
    GateOverride,
    Job,
    PolicyEvaluation,
    RetrainingPolicy,
    ShadowTrial,
    TrainingRun,
    Watch,
    WebhookEndpoint,
)
from worker.services.policy_changes import delete_policy, save_policy
from worker.services.webhooks.switching import host_of


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "state", "kind", "trigger", "outcome", "requested_by", "version", "spent")
    list_filter = ("state", "kind", "trigger")
    list_select_related = ("requested_by", "version")

    @admin.display(description="minutes", ordering="minutes")
    def spent(self, run: TrainingRun) -> str:
        return f"{run.minutes:.1f}"


@admin.register(DatasetSnapshot)
class DatasetSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("digest", "ai", "human", "gold", "created_at")


class PolicyForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RetrainingPolicy
        fields = ()  # the back office names them below
        labels: ClassVar[dict[str, str]] = {
            "kind": "what it does",
            "min_new_labels": "new labels",
            "min_per_class": "of each class",
            "accuracy_floor": "accuracy below",
            "accuracy_min_labels": "audit labels needed",
            "cool_down_minutes": "cool-down in minutes",
            "monthly_minutes": "minutes a month",
        }


@admin.register(RetrainingPolicy)
class RetrainingPolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = PolicyForm
    list_display = ("name", "enabled", "kind", "min_new_labels", "schedule", "monthly_minutes")
    fieldsets = (
        (None, {"fields": ("name", "enabled", "kind")}),
        ("On new labels", {"fields": ("min_new_labels", "min_per_class")}),
        ("By the clock", {"fields": ("schedule",)}),
        ("When it gets worse", {"fields": ("on_drift", "accuracy_floor", "accuracy_min_labels")}),
        ("Held back by", {"fields": ("cool_down_minutes", "monthly_minutes")}),
    )

    def save_model(
        self, request: HttpRequest, obj: RetrainingPolicy, form: "ModelForm[Any]", change: bool
    ) -> None:
        assert isinstance(request.user, User)
        save_policy(policy=obj, by=request.user)

    def delete_model(self, request: HttpRequest, obj: RetrainingPolicy) -> None:
        assert isinstance(request.user, User)
        delete_policy(policy_id=obj.pk, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RetrainingPolicy]) -> None:
        for policy in queryset:
            self.delete_model(request, policy)


@admin.register(PolicyEvaluation)
class PolicyEvaluationAdmin(ReadOnlyAdmin):
    list_display = ("last_at", "policy", "sentence", "count", "at", "run")
    list_filter = ("policy", "decision", "reason", "trigger")
    list_select_related = ("policy", "run")


@admin.register(GateOverride)
class GateOverrideAdmin(ShownToAdministrators):
    list_display = ("created_at", "version", "by", "reason")
    list_select_related = ("version",)


@admin.register(ShadowTrial)
class ShadowTrialAdmin(ShownToAdministrators):
    list_display = ("version", "champion", "state", "compared", "wanted", "agreed", "flips")
    list_filter = ("state",)
    list_select_related = ("version", "champion")


@admin.register(Watch)
class WatchAdmin(ShownToAdministrators):
    list_display = ("started_at", "version", "before", "state", "outcome", "ends_at")
    list_filter = ("state",)
    list_select_related = ("version", "before")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ShownToAdministrators):
    """Without the secret, and without the rest of the address, which can hold one, too."""

    list_display = ("id", "owner", "host", "events", "enabled", "failures", "arrived_at")
    list_filter = ("enabled", "everything")
    list_select_related = ("owner",)
    fields = (
        *("owner", "host", "description", "events", "everything", "enabled", "disabled_at"),
        *("disabled_why", "failures", "rests_until", "arrived_at", "created_at"),
    )

    readonly_fields = ("host",)

    @admin.display
    def host(self, endpoint: WebhookEndpoint) -> str:
        return host_of(endpoint)


@admin.register(Job)
class JobAdmin(ShownToAdministrators):
    list_display = ("created_at", "kind", "state", "title", "requested_by", "done", "total")
    list_filter = ("kind", "state", "created_at")
    list_select_related = ("requested_by",)
    raw_id_fields = ("undoes",)
