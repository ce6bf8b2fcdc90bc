"""Talking to the site as programs do."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.authtoken.models import Token

from labelling.models import User

IMAGES = "/api/v1/images/"


def with_token(person: User) -> Client:
    """A client that sends the person's token and nothing else."""
    token, _ = Token.objects.get_or_create(user=person)
    return Client(headers={"Authorization": f"Token {token.key}"})


def part(data: bytes, name: str = "a.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    """The field ``file`` of a form."""
    return SimpleUploadedFile(name, data, content_type)
