"""Policies of retraining as programs see and write them."""

from collections.abc import Sequence

from rest_framework import serializers

from labelling.api.fields import Number, StrictSerializer, Text, Truth, WholeNumber
from worker.cron import check_schedule
from worker.models import Kind, PolicyEvaluation, RetrainingPolicy
from worker.services.policy_changes import MOST_OF_ANYTHING


class PolicySerializer(serializers.ModelSerializer[RetrainingPolicy]):
    """What makes the site retrain by itself, and what holds it back. A rule that is null is off."""

    url = serializers.HyperlinkedIdentityField(view_name="api-policy", lookup_url_kwarg="policy_id")

    class Meta:
        model = RetrainingPolicy
        fields: Sequence[str] = (
            "id",
            "url",
            "name",
            "enabled",
            "kind",
            "min_new_labels",
            "min_per_class",
            "schedule",
            "on_drift",
            "accuracy_floor",
            "accuracy_min_labels",
            "cool_down_minutes",
            "monthly_minutes",
            "drift_alerted_at",
        )
        read_only_fields = fields


class PolicyDecisionSerializer(serializers.ModelSerializer[PolicyEvaluation]):
    """What a policy decided. The same answer again only counts up and moves ``last_at``."""

    training_run = serializers.IntegerField(source="run_id", allow_null=True)
    figures = serializers.DictField(help_text="what it knew, the last time")

    class Meta:
        model = PolicyEvaluation
        fields: Sequence[str] = (
            "id",
            "at",
            "last_at",
            "count",
            "decision",
            "trigger",
            "reason",
            "sentence",
            "figures",
            "training_run",
        )
        read_only_fields = fields


def whole(least: int, *, off: bool = False) -> WholeNumber:
    """A number of labels or minutes; ``off`` lets null switch the rule off."""
    return WholeNumber(min_value=least, max_value=MOST_OF_ANYTHING, required=False, allow_null=off)


class PolicyChange(StrictSerializer):
    """What is left out stays as it is; null switches a rule off."""

    name = Text(max_length=80)
    enabled = Truth(required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    min_new_labels = whole(1, off=True)
    min_per_class = whole(0)
    schedule = Text(
        max_length=100,
        allow_blank=True,
        required=False,
        validators=[check_schedule],
        help_text="five fields of cron in the site's time zone; empty for none",
    )
    on_drift = Truth(required=False)
    accuracy_floor = Number(min_value=0, max_value=1, required=False, allow_null=True)
    accuracy_min_labels = whole(1)
    cool_down_minutes = whole(0)
    monthly_minutes = whole(0, off=True)


class NewPolicy(PolicyChange):
    """What shall make the site retrain by itself. What is left out is as in the back office."""
