"""Inviting people, for administrators."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import StrictSerializer, Text, read_body
from labelling.api.lists import ListView
from labelling.api.parsers import JSON_ONLY
from labelling.api.roles import ForAdministrators
from labelling.api.serializers import words
from labelling.links import outside_link
from labelling.models import Invitation, Scope
from labelling.people import open_invitations
from labelling.permissions import ROLES
from labelling.services.invitations import invite, revoke_invitation, send_invitation

LONGEST_EMAIL = 254


class InvitationSerializer(serializers.Serializer[Any]):
    """An account that was offered and not taken yet. Its link was shown once."""

    id = serializers.IntegerField()
    email = serializers.CharField(allow_null=True, help_text="whom it was made for, if anybody")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=words(*ROLES)))
    by = serializers.CharField(help_text="a name to sign in with")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class MadeInvitationSerializer(InvitationSerializer):
    """An invitation with its link, which is shown this once and opens one account."""

    link = serializers.URLField(help_text="to hand over")
    sent = serializers.BooleanField(help_text="whether it went to the address by mail")


class NewInvitation(StrictSerializer):
    """What somebody will be allowed to do, besides handing pictures in."""

    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=words(*ROLES)), max_length=len(ROLES), required=False
    )
    email = Text(
        max_length=LONGEST_EMAIL,
        required=False,
        help_text="the link is mailed there where the site sends mail",
    )


class Invitations(ForAdministrators, ListView):
    """Takes no Idempotency-Key: its answer would be kept, and a link is kept nowhere."""

    queryset = Invitation.objects.none()  # for the schema, which is made for nobody
    parser_classes = JSON_ONLY
    serializer_class = InvitationSerializer
    scopes: ClassVar = {"GET": Scope.ADMINISTER, "POST": Scope.ADMINISTER}

    def get_queryset(self) -> QuerySet[Invitation]:
        return open_invitations(self.request.user)

    def bodies(self, rows: Sequence[Invitation]) -> list[dict[str, Any]]:
        return [_body(row) for row in rows]

    @extend_schema(operation_id="invitations_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The invitations that are open, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="invitations_create",
        request=NewInvitation,
        responses={201: MadeInvitationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Offer somebody an account. The answer has its link, which is shown this once."""
        said = read_body(request, NewInvitation)
        made, secret = invite(
            roles=said.get("roles", []), by=me(request), email=said.get("email", "")
        )
        link = outside_link(request._request, "invitation", secret)
        told = {"link": link, "sent": send_invitation(made, link)}
        return Response(_body(made) | told, status=status.HTTP_201_CREATED)


class OneInvitation(ForAdministrators):
    scopes: ClassVar = {"DELETE": Scope.ADMINISTER}

    @extend_schema(operation_id="invitations_revoke", responses={204: None})
    def delete(self, request: Request, invitation_id: int) -> Response:
        """Let nobody accept it any more; 409 once somebody has."""
        revoke_invitation(invitation_id=invitation_id, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _body(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.pk,
        "email": invitation.email or None,
        "roles": invitation.roles,
        "by": invitation.by.get_username(),
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }
