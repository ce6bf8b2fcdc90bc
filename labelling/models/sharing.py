"""What people keep for themselves or give away: links to a result, filters with a name."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from labelling.models.image import Image


class ShareLink(models.Model):
    """A link that nobody can guess, to what was found for one picture. It can be revoked."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="share_links")
    token = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="share_links"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"link to {self.image_id}"


class SavedFilter(models.Model):
    """A search of the gallery under a name; each person's own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, help_text="the address's part behind the ?")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_filter_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name
