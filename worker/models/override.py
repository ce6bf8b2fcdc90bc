"""A refused version that a person sent on all the same."""

from typing import Any, ClassVar, NoReturn

from django.db import models

from classifier.models import ModelVersion


class GateOverride(models.Model):
    """Who overruled the gate for one version, why, and which of its checks. Written once.

    ``by`` is the account's name as it was then, so that the row outlives the account.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="overrides")
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=400)
    checks = models.JSONField(help_text="what the failed checks said, a sentence each")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version}: sent on by {self.by}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("What somebody overruled is written down once and never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("What somebody overruled is never deleted.")
