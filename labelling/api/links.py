"""Links to a result, for anybody who gets one."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import Nothing, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView
from labelling.links import outside_link
from labelling.models import Scope, ShareLink
from labelling.services.sharing import create_share_link, revoke_share_link, share_links_of


class LinkSerializer(serializers.Serializer[Any]):
    """A link that leads to what is found for one picture, for whoever has it."""

    id = serializers.IntegerField()
    image = serializers.UUIDField()
    link = serializers.URLField(help_text="to hand over")
    by = serializers.CharField(help_text="a name to sign in with")
    created_at = serializers.DateTimeField()


class Links(ListView):
    queryset = ShareLink.objects.none()  # for the schema, which is made for no picture
    serializer_class = LinkSerializer
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.UPLOAD}

    def get_queryset(self) -> QuerySet[ShareLink]:
        return share_links_of(image_id=self.kwargs["image_id"], person=self.request.user)

    def bodies(self, rows: Sequence[ShareLink]) -> list[dict[str, Any]]:
        return [_body(row, self.request) for row in rows]

    @extend_schema(operation_id="images_links_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The live links to a picture's result that you made, the newest first; for
        administrators everybody's."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="images_links_create", request=Nothing, responses={201: LinkSerializer}
    )
    @idempotent
    def post(self, request: Request, image_id: UUID) -> Response:
        """Make a link. Whoever has it sees the result without signing in, until you revoke it.

        For whoever handed the picture in and may see what was found, and administrators.
        """
        read_body(request, Nothing)
        link = create_share_link(image_id=image_id, by=me(request))
        return Response(_body(link, request), status=status.HTTP_201_CREATED)


class OneLink(ApiView):
    scopes: ClassVar = {"DELETE": Scope.UPLOAD}

    @extend_schema(operation_id="links_revoke", responses={204: None})
    def delete(self, request: Request, link_id: int) -> Response:
        """Let a link of yours lead nowhere from now on; administrators may revoke any."""
        revoke_share_link(link_id=link_id, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _body(link: ShareLink, request: Request) -> dict[str, Any]:
    return {
        "id": link.pk,
        "image": str(link.image_id),
        "link": outside_link(request._request, "shared-result", link.token),
        "by": link.by.get_username(),
        "created_at": link.created_at,
    }
