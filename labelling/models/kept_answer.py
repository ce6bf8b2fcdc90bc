from typing import ClassVar

from django.conf import settings
from django.db import models


class KeptAnswer(models.Model):
    """What was answered to a request with an ``Idempotency-Key``, for when it comes again.

    While ``status`` is empty the first request is still being answered.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_answers"
    )
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64, help_text="sha256 of address and body")
    begun_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.JSONField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_answer_for_a_key")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["begun_at"], name="kept_answer_by_time")
        ]

    def __str__(self) -> str:
        return f"answer to {self.key}"
