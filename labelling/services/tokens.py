"""Tokens by which programs sign in: made, looked up, and ended."""

from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labelling.errors import InvalidRequest, NotFound
from labelling.models import ApiToken, Scope, User
from labelling.models.token import LONGEST_NAME
from labelling.services.audit_log import write_entry

PREFIX = "aivh_"  # lets programs that look for leaked secrets know one of ours
SECRET_BYTES = 32
KNOWN_BY = 10  # characters of the secret that stay visible
MOST_OPEN = 50  # for each person
MOST_DAYS = 365
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make_token(
    *, owner: User, name: str, scopes: Collection[str], days: int
) -> tuple[ApiToken, str]:
    """Make a token for oneself; return it with its secret, which is kept nowhere.

    Raises InvalidRequest for a name, scopes or days that will not do, and for too many tokens.
    """
    _check(name, scopes, days)
    User.objects.select_for_update().get(pk=owner.pk)
    if owner.api_tokens.open().count() >= MOST_OPEN:
        raise InvalidRequest(
            f"You have {MOST_OPEN} tokens. Revoke those that you no longer need first.",
            code="too_many_tokens",
        )
    secret = PREFIX + token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        owner=owner,
        name=name.strip(),
        digest=digest_of(secret),
        start=secret[:KNOWN_BY],
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + timedelta(days=days),
    )
    _write(token, "token.made", owner, scopes=token.scopes)
    return token, secret


@transaction.atomic
def revoke_token(*, token_id: int, by: User) -> ApiToken:
    """End one of one's own tokens at once; a second time changes nothing. Raises NotFound."""
    token = by.api_tokens.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise NotFound("You have no such token.")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        _write(token, "token.revoked", by)
    return token


def end_tokens(person: User) -> None:
    """All tokens of a person who is let in no more, or whose password was lost."""
    person.api_tokens.open().update(revoked_at=timezone.now())


def token_of(secret: str) -> ApiToken | None:
    """The open token with this secret and its owner; None where there is none.

    Its use is noted, to the minute.
    """
    found = ApiToken.objects.open().select_related("owner")
    token = found.filter(digest=digest_of(secret)).first()
    if token is not None:
        _note_use(token)
    return token


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    earlier = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(earlier, pk=token.pk).update(last_used_at=now)


def _check(name: str, scopes: Collection[str], days: int) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidRequest(
            f"Name the program that gets the token, in at most {LONGEST_NAME} characters."
        )
    unknown = set(scopes) - set(Scope.values)
    if unknown or not scopes:
        raise InvalidRequest(f"Choose what the token is for: {', '.join(Scope.values)}.")
    if not 1 <= days <= MOST_DAYS:
        raise InvalidRequest(f"A token lasts from 1 to {MOST_DAYS} days.")


def _write(token: ApiToken, action: str, by: User, **details: object) -> None:
    write_entry(action=action, subject=f"token:{token.pk}", by=by, name=token.name, **details)
