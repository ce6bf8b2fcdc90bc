"""Accounts that somebody's organisation vouches for, and the roles that it names."""

from collections.abc import Collection
from contextlib import suppress

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from labelling.errors import Conflict
from labelling.models import User
from labelling.permissions import ADMINISTRATORS, UPLOADERS
from labelling.services.audit_log import write_entry
from labelling.services.people import change_roles

LONGEST_NAME = 140  # leaves room for a number behind it
ATTEMPTS = 20  # names that others may take while we choose one


@transaction.atomic
def make_account(*, name: str, first_name: str, last_name: str, email: str, source: str) -> User:
    """An account without a password, with the uploader's role and a name that nobody has yet."""
    person = User(
        first_name=first_name[:150],
        last_name=last_name[:150],
        email=email,
    )
    person.set_unusable_password()
    _save_under_free_name(person, name)
    subject = f"person:{person.pk}"
    write_entry(action="person.made", subject=subject, by=source, name=person.username)
    change_roles(person, {UPLOADERS}, by=source)
    return person


@transaction.atomic
def follow_roles(*, person_id: int, roles: Collection[str], source: str) -> None:
    """Let a person have the roles that the organisation names, and the uploader's.

    Superusers are left alone, and so is the administrator's role where nobody else has it: what
    another site says never leaves this one without somebody who administers.
    """
    Group.objects.select_for_update().get(name=ADMINISTRATORS)
    person = User.objects.select_for_update().get(pk=person_id)
    if person.is_superuser:
        return
    wanted = {UPLOADERS, *roles}
    if ADMINISTRATORS not in wanted and not _others_administer(person):
        wanted |= set(person.groups.filter(name=ADMINISTRATORS).values_list("name", flat=True))
    change_roles(person, wanted, by=source)


def _others_administer(person: User) -> bool:
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    return (others.filter(is_superuser=True) | others.filter(groups__name=ADMINISTRATORS)).exists()


def _save_under_free_name(person: User, wanted: str) -> None:
    """Raises Conflict where others take each name before us, which nobody does for long."""
    for _ in range(ATTEMPTS):
        person.username = _free_name(wanted)
        with suppress(IntegrityError), transaction.atomic():  # somebody has just taken it
            person.save()
            return
    raise Conflict("Others of your name are signing in at this moment. Please try again.")


def _free_name(wanted: str) -> str:
    """The name itself, or with the first number behind it that makes it one of its own."""
    allowed = "".join(sign for sign in wanted if sign.isalnum() or sign in "@.+-_")
    name, number = allowed[:LONGEST_NAME] or "person", 1
    found = name
    while User.objects.filter(username__iexact=found).exists():
        number += 1
        found = f"{name}-{number}"
    return found
