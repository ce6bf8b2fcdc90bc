"""Who may do what, and who may come in: changed by administrators alone, and written down.

Whoever acts here administers, and nobody can take that from themselves. So there is always
somebody left who does, and two who act at once come one after the other.
"""

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import User
from labelling.permissions import ADMINISTRATORS, ROLES, check_may_administer
from labelling.services.audit_log import write_entry
from labelling.services.tokens import end_tokens

SUPERUSER = "superuser"


@transaction.atomic
def set_roles(*, person_id: int, roles: Collection[str], by: User) -> User:
    """Give a person these roles (names of groups) and no others.

    Raises NotAllowed, NotFound, InvalidRequest for a role that there is not, and Conflict where
    you would take your own administrator's role.
    """
    check_roles(roles)
    person = lock_person(person_id, by)
    if person == by and ADMINISTRATORS in _roles(person) and ADMINISTRATORS not in roles:
        raise Conflict("You cannot take your own administrator's role. Another one can.")
    change_roles(person, set(roles), by=by)
    return person


def change_roles(person: User, roles: Collection[str], *, by: User | str) -> None:
    """The change itself, for services that have locked the person and checked who asks.

    Administrators get into the back office with their role, and lose it with it.
    """
    before = _roles(person)
    for role in sorted(set(roles) - before):
        person.groups.add(Group.objects.get(name=role))
        _write(person, "role.granted", by, role=role)
    for role in sorted(before - set(roles)):
        person.groups.remove(Group.objects.get(name=role))
        _write(person, "role.removed", by, role=role)
    if ADMINISTRATORS not in roles:
        person.invitations.open().update(revoked_at=timezone.now())
    person.is_staff = person.is_superuser or ADMINISTRATORS in roles
    person.save(update_fields=["is_staff"])


@transaction.atomic
def set_superuser(*, person_id: int, superuser: bool, by: User) -> User:
    """Make a superuser, or an ordinary person again. Superusers only, and never of themselves."""
    if not lock_administration(by).is_superuser:
        raise NotAllowed("Only superusers make superusers.")
    person = lock_person(person_id, by)
    if person.is_superuser == superuser:
        return person
    if person == by:
        raise Conflict("You cannot take this from yourself. Another superuser can.")
    person.is_superuser = superuser
    person.is_staff = superuser or ADMINISTRATORS in _roles(person)
    person.save(update_fields=["is_superuser", "is_staff"])
    _write(person, "role.granted" if superuser else "role.removed", by, role=SUPERUSER)
    return person


@transaction.atomic
def deactivate_person(*, person_id: int, by: User) -> User:
    """Let a person in no more. What they did stays; their sessions, tokens and invitations end.

    Sessions of somebody inactive are refused as they are; they are deleted before one is let in
    again. Raises NotAllowed, NotFound, and Conflict where it is yourself.
    """
    person = lock_person(person_id, by)
    if person == by:
        raise Conflict("You cannot deactivate yourself. Another administrator can.")
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        person.invitations.open().update(revoked_at=timezone.now())
        end_tokens(person)
        _write(person, "person.deactivated", by)
    return person


@transaction.atomic
def reactivate_person(*, person_id: int, by: User) -> User:
    """Let a person in again, with the roles that they had. Raises NotAllowed and NotFound."""
    person = lock_person(person_id, by)
    if not person.is_active:
        _end_sessions(person)
        person.is_active = True
        person.save(update_fields=["is_active"])
        _write(person, "person.reactivated", by)
    return person


@transaction.atomic
def make_reset_token(*, person_id: int, by: User) -> str:
    """A token for one new password, for the administrator to hand over; valid for a day.

    Raises NotAllowed, NotFound, and Conflict where the person is not let in anyway.
    """
    person = lock_person(person_id, by)
    if not person.is_active:
        raise Conflict("This account is deactivated. Reactivate it first.")
    _write(person, "person.reset_link", by)
    return default_token_generator.make_token(person)


@transaction.atomic
def note_password_reset(*, person_id: int) -> None:
    """Who has set a new password by a link is signed out wherever the old one was used.

    Sessions hold a hash of the password, so they have ended with it; tokens do not.
    """
    person = User.objects.get(pk=person_id)
    end_tokens(person)
    _write(person, "person.password_reset", person)


def check_roles(roles: Collection[str]) -> None:
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise InvalidRequest(f"There is no such role: {', '.join(sorted(unknown))}.")


def lock_administration(by: User) -> User:
    """Let those who change who may do what come one by one; ``by`` as they are after that."""
    Group.objects.select_for_update().get(name=ADMINISTRATORS)
    now = User.objects.get(pk=by.pk)
    check_may_administer(now)
    return now


def lock_person(person_id: int, by: User) -> User:
    """The person's row, for an administrator who may change it."""
    allowed = lock_administration(by)
    person = User.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NotFound("There is no such person.")
    if person.is_superuser and not allowed.is_superuser:
        raise NotAllowed("Only superusers may change a superuser's account.")
    return person


def _end_sessions(person: User) -> None:
    """Delete a person's sessions. None names its person, so each is looked into: 5,000 a second."""
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get("_auth_user_id") == str(person.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()


def _roles(person: User) -> set[str]:
    return set(person.groups.filter(name__in=ROLES).values_list("name", flat=True))


def _write(person: User, action: str, by: User | str, **details: object) -> None:
    name = person.get_username()
    write_entry(action=action, subject=f"person:{person.pk}", by=by, name=name, **details)
