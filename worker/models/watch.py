"""The time after a promotion in which the site takes it back by itself, if it must."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from classifier.models import ModelVersion


class Watch(models.Model):
    """One promotion under watch.

    watching → kept (the time passed) | returned (an alarm: the version before answers again) |
    ended (a person moved on first). It leaves ``watching`` once, so one promotion is taken back
    at most once.
    """

    class State(models.TextChoices):
        WATCHING = "watching"
        KEPT = "kept"
        RETURNED = "returned"
        ENDED = "ended"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="watches")
    before = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WATCHING)
    outcome = models.CharField(max_length=500, blank=True, help_text="one sentence for people")
    compared = models.PositiveIntegerField(default=0, help_text="new pictures that both judged")
    started_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "-pk"]
        verbose_name_plural = "watches"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="watching"), name="one_promotion_watched"
            )
        ]

    def __str__(self) -> str:
        return f"watch over {self.version}"
