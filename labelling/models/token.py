from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

LONGEST_NAME = 60


class Scope(models.TextChoices):
    """What a token is for. Within it, it can do what its owner's roles allow."""

    READ = "read", "look at pictures, findings and figures"
    UPLOAD = "upload", "hand pictures in, dispute and delete"
    REVIEW = "review", "answer for pictures and adjudicate"
    ADMINISTER = "administer", "train, promote, and what else administrators do"


class TokenQuerySet(models.QuerySet["ApiToken"]):
    def open(self) -> "TokenQuerySet":
        """Those that let a program in now."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


class ApiToken(models.Model):
    """A secret by which one person's program signs in, for some purposes, for some time.

    Only the secret's digest is kept: it is shown once.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=LONGEST_NAME, help_text="which program has it")
    digest = models.CharField(max_length=64, unique=True, help_text="sha256 of the secret")
    start = models.CharField(max_length=12, help_text="its first characters, to know it by")
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to the minute")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"
