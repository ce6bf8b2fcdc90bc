"""Who has an account and what they may do, for administrators."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django_filters import CharFilter, ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import Nothing, StrictSerializer, read_body
from labelling.api.lists import ListView, TrueOrFalse
from labelling.api.parsers import JSON_ONLY
from labelling.api.roles import ForAdministrators
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.links import reset_link
from labelling.models import Scope, User
from labelling.people import LONGEST_QUERY, found_people, person_for, with_words
from labelling.permissions import ROLES
from labelling.services.people import (
    deactivate_person,
    make_reset_token,
    reactivate_person,
    set_roles,
)


class PersonSerializer(serializers.Serializer[Any]):
    """Somebody with an account."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    username = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=words(*ROLES)))
    superuser = serializers.BooleanField(help_text="changed by superusers alone")
    active = serializers.BooleanField(help_text="whether they are let in")
    reviews = serializers.IntegerField(help_text="votes that they ever gave")
    invited_by = serializers.CharField(allow_null=True)
    joined_at = serializers.DateTimeField()
    signed_in_at = serializers.DateTimeField(allow_null=True, help_text="the last time")


class RolesWanted(StrictSerializer):
    """The roles that a person shall have, and no others."""

    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=words(*ROLES)), max_length=len(ROLES)
    )


class ResetLinkSerializer(serializers.Serializer[Any]):
    """A link for one new password. It is shown this once; hand it over yourself."""

    link = serializers.URLField()
    hours = serializers.IntegerField(help_text="for which it is valid, or until they sign in")


class PeopleFilters(FilterSet):
    q = CharFilter(method="by_words", max_length=LONGEST_QUERY, label="In a name or an address.")
    role = ChoiceFilter(field_name="groups__name", choices=words(*ROLES), label="Who has it.")
    active = TrueOrFalse(field_name="is_active", help_text="Whether they are let in.")

    def by_words(self, found: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return with_words(found, value)


class People(ForAdministrators, ListView):
    queryset = User.objects.none()  # for the schema, which is made for nobody
    serializer_class = PersonSerializer
    filterset_class = PeopleFilters
    ordering = ("username",)
    scopes: ClassVar = {"GET": Scope.ADMINISTER}

    def get_queryset(self) -> QuerySet[User]:
        return found_people(self.request.user)

    def bodies(self, rows: Sequence[User]) -> list[dict[str, Any]]:
        return [_body(row, self.request) for row in rows]

    @extend_schema(operation_id="people_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everybody with an account, by name."""
        return super().get(request, *args, **kwargs)


class OnePerson(ForAdministrators):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"GET": Scope.ADMINISTER, "PATCH": Scope.ADMINISTER}

    @extend_schema(operation_id="people_read", responses=PersonSerializer)
    @sparse
    def get(self, request: Request, person_id: int) -> Response:
        """One of them."""
        return Response(person_body(person_id, request))

    @extend_schema(operation_id="people_change", request=RolesWanted, responses=PersonSerializer)
    def patch(self, request: Request, person_id: int) -> Response:
        """Give somebody these roles and no others; not your own administrator's role away."""
        roles = read_body(request, RolesWanted)["roles"]
        set_roles(person_id=person_id, roles=roles, by=me(request))
        return Response(person_body(person_id, request))


class Deactivate(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="people_deactivate", request=Nothing, responses=PersonSerializer)
    def post(self, request: Request, person_id: int) -> Response:
        """Let somebody in no more: their sessions, tokens and invitations end, what they did
        stays. Safe to send again."""
        read_body(request, Nothing)
        deactivate_person(person_id=person_id, by=me(request))
        return Response(person_body(person_id, request))


class Reactivate(ForAdministrators):
    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="people_reactivate", request=Nothing, responses=PersonSerializer)
    def post(self, request: Request, person_id: int) -> Response:
        """Let somebody in again, with the roles that they had. Safe to send again."""
        read_body(request, Nothing)
        reactivate_person(person_id=person_id, by=me(request))
        return Response(person_body(person_id, request))


class ResetLink(ForAdministrators):
    """Takes no Idempotency-Key: its answer would be kept, and this one is kept nowhere."""

    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    @extend_schema(operation_id="people_reset_link", request=Nothing, responses=ResetLinkSerializer)
    def post(self, request: Request, person_id: int) -> Response:
        """Make a link by which somebody who lost their password sets a new one."""
        read_body(request, Nothing)
        token = make_reset_token(person_id=person_id, by=me(request))
        link = reset_link(request._request, person_for(request.user, person_id), token)
        return Response({"link": link, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600})


def person_body(person_id: int, request: Request) -> dict[str, Any]:
    return _body(person_for(request.user, person_id), request)


def _body(person: Any, request: Request) -> dict[str, Any]:
    """Of a person as ``labelling.people`` reads them."""
    invitation = getattr(person, "invitation", None)
    return {
        "id": person.pk,
        "url": request.build_absolute_uri(reverse("api-person", args=[person.pk])),
        "username": person.get_username(),
        "name": person.get_full_name() or None,
        "email": person.email or None,
        "roles": sorted({group.name for group in person.groups.all()} & set(ROLES)),
        "superuser": person.is_superuser,
        "active": person.is_active,
        "reviews": person.review_count,
        "invited_by": invitation.by.get_username() if invitation else None,
        "joined_at": person.date_joined,
        "signed_in_at": person.last_login,
    }
