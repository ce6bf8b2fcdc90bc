"""What happens here when the organisation says who somebody is."""

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect

from aivh import env
from labelling.models import User
from labelling.permissions import ROLES
from labelling.services.organisation import follow_roles, make_account

FAILED = "Signing in with {name} did not work. Nothing was changed; please try again."
DEACTIVATED = "This account is deactivated. Ask your administrator."


class QuietAccounts(DefaultAccountAdapter):
    """Says nothing of its own: whoever is signed in sees it by the page that follows."""

    def add_message(self, *_: Any, **__: Any) -> None:
        return


class OrganisationAccounts(DefaultSocialAccountAdapter):
    """An account is known by the organisation's own id for it, never by an e-mail address.

    Who comes for the first time gets an account with the uploader's role. Where the organisation
    names roles (``AIVH_OIDC_ROLES_CLAIM``), they are followed at each sign-in.
    """

    @transaction.atomic
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        said = claims(sociallogin)
        if sociallogin.state.get("process") != "login" or not said:
            refuse(request, FAILED.format(name=settings.OIDC_NAME))
        if not sociallogin.is_existing:
            take_in(request, sociallogin, said)
        if not sociallogin.user.is_active:
            refuse(request, DEACTIVATED)
        if env.OIDC_ROLES_CLAIM:
            follow_roles(
                person_id=sociallogin.user.pk,
                roles=roles_in(said.get(env.OIDC_ROLES_CLAIM)),
                source=settings.OIDC_NAME,
            )

    def on_authentication_error(self, request: HttpRequest, *_: Any, **__: Any) -> None:
        refuse(request, FAILED.format(name=settings.OIDC_NAME))


def take_in(request: HttpRequest, sociallogin: SocialLogin, said: dict[str, Any]) -> None:
    """Make the account of somebody who comes for the first time.

    Where they come twice at once, the other sign-in has just made it: they are that account, and
    what was begun here is taken back.
    """
    try:
        with transaction.atomic():
            sociallogin.user, sociallogin.email_addresses = make_person(said), []
            sociallogin.save(request)
    except IntegrityError:
        sociallogin.user = None
        sociallogin.lookup()
        if not sociallogin.is_existing:
            raise


def make_person(said: dict[str, Any]) -> User:
    return make_account(
        name=said.get("preferred_username") or said.get("name") or "",
        first_name=said.get("given_name") or "",
        last_name=said.get("family_name") or "",
        email=verified_email(said),
        source=settings.OIDC_NAME,
    )


def claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """All that was said of the person: in the signed token, and by the address for it.

    Empty where there is no token, or where the two speak of different people (OpenID Connect
    Core 1.0, 5.3.2).
    """
    said = sociallogin.account.extra_data
    token, details = said.get("id_token") or {}, said.get("userinfo") or {}
    same = bool(token.get("sub")) and token["sub"] == details.get("sub", token["sub"])
    return {**details, **token} if same else {}


def verified_email(said: dict[str, Any]) -> str:
    """Their address where the organisation has verified it; empty otherwise."""
    return said.get("email") or "" if said.get("email_verified") is True else ""


def roles_in(claim: object) -> set[str]:
    """Our roles among what a claim names: by ``AIVH_OIDC_ROLES``, or by their own names."""
    named = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    known = env.OIDC_ROLES or {role.lower(): role for role in ROLES}
    return {known[word] for word in map(str, named) if word in known}


def refuse(request: HttpRequest, sentence: str) -> NoReturn:
    messages.error(request, sentence)
    raise ImmediateHttpResponse(redirect("login"))
