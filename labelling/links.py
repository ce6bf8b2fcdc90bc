"""Addresses that leave the site: in mails, and to be handed over."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from labelling.models import User


def outside_link(request: HttpRequest, name: str, *args: object) -> str:
    """The whole address of a page: on ``AIVH_SITE_URL`` where it is set, else as it was asked for.

    What the request calls the site is a stranger's word, so it is used only where nothing else is
    known; even then it is one of the names that the site answers to.
    """
    path = reverse(name, args=args)
    return settings.SITE_URL + path if settings.SITE_URL else request.build_absolute_uri(path)


def reset_link(request: HttpRequest, person: User, token: str) -> str:
    """Where a person sets a new password, by a token of Django's."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return outside_link(request, "password_reset_confirm", uid, token)
