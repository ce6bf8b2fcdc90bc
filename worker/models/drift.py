"""What a look at the newest pictures found."""

from typing import ClassVar

from django.db import models

from classifier.models import ModelVersion


class DriftLook(models.Model):
    """One window of pictures compared with what the version was trained on and with the month
    before; written once.

    ``readings`` is a list with a row for each figure and reference: ``figure``, ``layer``,
    ``against``, ``measure``, ``by``, ``what``, ``before``, ``after``, ``p_value`` and ``beyond``,
    or ``now`` and ``before`` counts with ``least`` where there were too few. ``alarms`` is what
    was beyond chance in this look and the one before: ``figure``, ``layer``, ``against``,
    ``sentence``, ``advice``, ``images``. ``estimates`` are the figures of accuracy with their
    intervals.
    """

    class Window(models.TextChoices):
        PICTURES = "pictures", "the newest pictures"
        LABELS = "labels", "the pictures that were settled last"

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="drift_looks")
    window = models.CharField(max_length=10, choices=Window)
    pictures = models.PositiveIntegerField(help_text="how many the window holds")
    number = models.PositiveIntegerField(help_text="1 for a version's first look, one more each")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    readings = models.JSONField(default=list)
    alarms = models.JSONField(default=list)
    estimates = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["version", "window", "number"], name="one_look_per_window"
            )
        ]

    def __str__(self) -> str:
        return f"look of {self.version} at {self.get_window_display()} ({self.number})"
