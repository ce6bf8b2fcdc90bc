"""Talking to the site as programs do."""

from datetime import timedelta
from secrets import token_urlsafe

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from labelling.models import ApiToken, Scope, User
from labelling.services.tokens import digest_of

IMAGES = "/api/v1/images/"
PROBLEM = "application/problem+json"
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def with_token(person: User, *scopes: str) -> Client:
    """A client that sends a token of the person's for these purposes, and nothing else."""
    secret, now = token_urlsafe(), timezone.now()
    ApiToken.objects.create(
        owner=person,
        name="test",
        digest=digest_of(secret),
        start=secret[:10],
        scopes=list(scopes or Scope.values),
        expires_at=now + timedelta(days=1),
        last_used_at=now,  # so that no use is noted, which would be a query more
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def part(data: bytes, name: str = "a.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    """The field ``file`` of a form."""
    return SimpleUploadedFile(name, data, content_type)
