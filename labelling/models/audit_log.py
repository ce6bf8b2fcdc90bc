"""The audit log: who changed what, each entry chained to the one before by its hash."""

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from django.db import models

AT_A_TIME = 50
ONCE = "What stands in the audit log is written once and never changed."


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries are written once; sealing, which numbers and chains them, is the only update."""

    def sealed(self) -> "AuditEntryQuerySet":
        return self.filter(number__isnull=False)

    def write_seals(self, entries: Sequence["AuditEntry"]) -> None:
        """Store the numbers and hashes of entries that had none."""
        plain: models.QuerySet[AuditEntry] = models.QuerySet(self.model, using=self.db)
        # Few at a time: each row of such an UPDATE passes by the values of all the others.
        seals = ["number", "before_hash", "hash"]
        plain.filter(number__isnull=True).bulk_update(entries, seals, batch_size=AT_A_TIME)

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError(ONCE)

    def delete(self) -> NoReturn:
        raise TypeError("What stands in the audit log is never deleted.")


class AuditEntry(models.Model):
    """One change of a label, a version, a policy, a role; an export or a deletion.

    ``actor`` and ``subject`` are names as they were then, so that the row outlives what it names.
    An entry commits with its change, without a number; then it is sealed: numbered in order and
    chained. ``details`` holds no more than the change itself, and no secret.
    """

    number = models.PositiveBigIntegerField(null=True, unique=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150, blank=True, help_text="empty: the site itself")
    action = models.CharField(max_length=40, help_text="as in label.settled")
    subject = models.CharField(max_length=120, help_text="as in image:<id>")
    details = models.JSONField(default=dict)
    before_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        verbose_name_plural = "audit log"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "-at"], name="audit_of_subject"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
            models.Index(fields=["-at"], name="audit_by_time"),
            models.Index(
                fields=["id"], condition=models.Q(number__isnull=True), name="audit_unsealed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(ONCE)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("What stands in the audit log is never deleted.")


class AuditHead(models.Model):
    """The end of the chain; one row, locked by whoever seals."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(models.Value(1), name="one_audit_head")
        ]

    def __str__(self) -> str:
        return f"{self.number} entries"
