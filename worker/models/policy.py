"""When the site retrains by itself, and what it thought each time it asked itself."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from worker.cron import check_schedule
from worker.models.training import Kind, TrainingRun, Trigger


class RetrainingPolicy(models.Model):
    """What makes the site retrain by itself, and what holds it back. A rule left empty is off."""

    name = models.CharField(max_length=80, unique=True)
    enabled = models.BooleanField(default=True, help_text="Take this off to pause the policy.")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REFIT)

    min_new_labels = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Retrain when this many labels are new. Empty: never for this reason.",
    )
    min_per_class = models.PositiveIntegerField(
        default=3, help_text="That many of the new labels must be AI, and that many human."
    )
    schedule = models.CharField(
        max_length=100,
        blank=True,
        validators=[check_schedule],
        help_text="Five fields of cron in the site's time zone, such as 0 3 * * 1 for Mondays at "
        "3:00. It retrains then if anything is new. Empty: never for this reason.",
    )
    on_drift = models.BooleanField(
        default=True,
        verbose_name="on a drift alert",
        help_text="Retrain when an alert says that incoming pictures have changed.",
    )
    accuracy_floor = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Retrain when the live version is right in a smaller share of the audit sample, "
        "such as 0.9. Empty: never for this reason.",
    )
    accuracy_min_labels = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(1)],
        help_text="Audit labels that it takes to judge the accuracy at all.",
    )

    cool_down_minutes = models.PositiveIntegerField(
        default=10, help_text="Minutes between the end of one retraining and the next."
    )
    monthly_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Minutes of training in a calendar month, whoever asked for it, after which this "
        "policy starts nothing more. Empty: no limit.",
    )

    scheduled_from = models.DateTimeField(
        null=True, editable=False, help_text="the schedule is due at its next time after this"
    )
    drift_alerted_at = models.DateTimeField(
        null=True, editable=False, help_text="an alert that no retraining has answered yet"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        verbose_name_plural = "retraining policies"

    def __str__(self) -> str:
        return self.name


class PolicyEvaluation(models.Model):
    """What a policy decided, in a sentence. The same answer again only counts up."""

    class Decision(models.TextChoices):
        RETRAIN = "retrain"
        REFUSE = "refuse", "did not retrain"

    policy = models.ForeignKey(
        RetrainingPolicy, on_delete=models.CASCADE, related_name="evaluations"
    )
    at = models.DateTimeField(help_text="when it decided so first")
    last_at = models.DateTimeField(help_text="when it decided so last")
    count = models.PositiveIntegerField(default=1, help_text="how often in a row")
    trigger = models.CharField(max_length=10, choices=Trigger, blank=True)
    decision = models.CharField(max_length=10, choices=Decision)
    reason = models.CharField(max_length=20, help_text="one word for programs")
    sentence = models.CharField(max_length=500)
    figures = models.JSONField(default=dict, help_text="what it knew, the last time")
    run = models.ForeignKey(
        TrainingRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="evaluations"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["policy", "-last_at"], name="evaluation_newest")
        ]

    def __str__(self) -> str:
        return self.sentence
