"""Inviting people by a link that is shown once and used once."""

from collections.abc import Collection
from datetime import timedelta
from secrets import token_urlsafe

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import Invitation, User
from labelling.permissions import UPLOADERS
from labelling.services.audit_log import write_entry
from labelling.services.mail import mail
from labelling.services.people import change_roles, check_roles, lock_administration
from labelling.services.tokens import digest_of

VALID_DAYS = 7
MOST_OPEN = 100
SECRET_BYTES = 32
NO_LONGER = "This invitation is not valid, or not any more. Ask whoever invited you for a new one."
NAME_TAKEN = "Somebody has this name already. Choose another one."


@transaction.atomic
def invite(*, roles: Collection[str], by: User, email: str = "") -> tuple[Invitation, str]:
    """Make an invitation; return it with the secret of its link, which is kept nowhere.

    Whoever is invited may hand pictures in, besides what ``roles`` allow. ``email`` is where the
    link will be sent to, if anywhere. Raises NotAllowed, InvalidRequest, and Conflict while too
    many are open.
    """
    lock_administration(by)
    check_roles(roles)
    _check_email(email)
    if Invitation.objects.open().count() >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} invitations are open. Revoke some first.")
    secret = token_urlsafe(SECRET_BYTES)
    invitation = Invitation.objects.create(
        token_digest=digest_of(secret),
        email=email,
        roles=sorted({UPLOADERS, *roles}),
        by=by,
        expires_at=timezone.now() + timedelta(days=VALID_DAYS),
    )
    _write(invitation, "invitation.made", by, roles=invitation.roles)
    return invitation, secret


def send_invitation(invitation: Invitation, link: str) -> bool:
    """Mail the link to whom the invitation names. False where it names nobody or did not go."""
    told = {"link": link, "by": invitation.by.get_username(), "days": VALID_DAYS}
    to = invitation.email
    return bool(to) and mail("registration/invitation_mail.txt", to=to, **told)


@transaction.atomic
def revoke_invitation(*, invitation_id: int, by: User) -> Invitation:
    """Let nobody accept it any more. Raises NotAllowed, NotFound, and Conflict once it is used."""
    lock_administration(by)
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if invitation.accepted_at:
        raise Conflict("Somebody has accepted this invitation already.")
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _write(invitation, "invitation.revoked", by)
    return invitation


def open_invitation(secret: str, *, lock: bool = False) -> Invitation:
    """The invitation of a link. Raises NotFound, the same for one that was used, and for none.

    With ``lock`` its row is held: who waited for it finds it used.
    """
    found = Invitation.objects.open().filter(token_digest=digest_of(secret))
    invitation = (found.select_for_update() if lock else found).first()
    if invitation is None:
        raise NotFound(NO_LONGER)
    return invitation


@transaction.atomic
def accept_invitation(*, secret: str, username: str, password: str) -> User:
    """Make the account that was offered. Of two who accept at once one gets it.

    Raises NotFound, and InvalidRequest for a name or a password that will not do.
    """
    invitation = open_invitation(secret, lock=True)
    person = _make_person(username, password, invitation.email)
    change_roles(person, invitation.roles, by=person)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _write(invitation, "invitation.accepted", person)
    return person


def _make_person(username: str, password: str, email: str) -> User:
    person = User(username=User.normalize_username(username), email=email)
    try:
        if User.objects.filter(username__iexact=person.username).exists():
            raise InvalidRequest(NAME_TAKEN)
        validate_password(password, person)
        person.set_password(password)
        person.full_clean()
        with transaction.atomic():
            person.save()
    except ValidationError as error:
        raise InvalidRequest(" ".join(error.messages)) from error
    except IntegrityError as error:
        raise InvalidRequest(NAME_TAKEN) from error
    return person


def _check_email(email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise InvalidRequest("This is not an e-mail address.") from error


def _write(invitation: Invitation, action: str, by: User, **details: object) -> None:
    write_entry(action=action, subject=f"invitation:{invitation.pk}", by=by, **details)
