"""What the site needs before its parts start: tables, static files, a detector, a first account."""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import transaction

from aivh.tables import compare_tables
from classifier.services import ensure_shipped_version
from labelling.models import User
from labelling.permissions import ADMINISTRATORS, REVIEWERS

ADMINISTRATOR = "admin"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike: i l o 0 1


def prepare(say: Callable[[str], None]) -> None:
    """Do what is not done yet, and say so. Safe to run twice; quick when nothing is left to do."""
    if compare_tables().lacking:
        say("Bringing the database up to date …")
        call_command("migrate", interactive=False, verbosity=0)
    _collect_static_files(say)
    ensure_shipped_version()


def _collect_static_files(say: Callable[[str], None]) -> None:
    """Collect them when one of them changed since the last time."""
    stamp, now = Path(settings.STATIC_ROOT) / ".collected", _fingerprint()
    if stamp.is_file() and stamp.read_text() == now:
        return
    say("Collecting the static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)


def _fingerprint() -> str:
    """A digest over the name, size and time of each static file of the installed code."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@transaction.atomic
def ensure_administrator() -> str | None:
    """Make the first account and return its password; None where somebody administers already.

    Only the password's hash is kept, so whoever starts the site sees it this once.
    """
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    person = User.objects.create_superuser(ADMINISTRATOR, password=password)
    person.groups.set(Group.objects.filter(name__in=(REVIEWERS, ADMINISTRATORS)))
    return password
