from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from classifier.models import ModelVersion
from classifier.vocabulary import Verdict
from labelling.models.image import Image


class Dispute(models.Model):
    """Somebody who handed a picture in says that its verdict is wrong, and is answered.

    open → accepted | declined | withdrawn. An accepted one joins the regression set for ever.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="disputes")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="disputes"
    )
    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="+", help_text="whose verdict it is"
    )
    verdict = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Verdict])
    probability_ai = models.FloatField()
    reason = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="answered_disputes",
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["image", "by"], condition=Q(state="open"), name="one_open_dispute_each"
            )
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}, {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("dispute", args=[self.pk])
