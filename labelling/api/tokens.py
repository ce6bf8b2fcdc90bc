"""A person's own tokens: which there are, and ending one. Their secrets are kept nowhere."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.access import check_scope
from labelling.api.base import ApiView, me
from labelling.api.lists import ListView
from labelling.models import ApiToken, Scope
from labelling.services.tokens import revoke_token


class TokenSerializer(serializers.Serializer[Any]):
    """A token of yours that opens something."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="which program has it")
    start = serializers.CharField(help_text="its first characters, to know it by")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="to the minute")
    this = serializers.BooleanField(help_text="whether you came with it")


class Tokens(ListView):
    queryset = ApiToken.objects.none()  # for the schema, which is made for nobody
    serializer_class = TokenSerializer

    def get_queryset(self) -> QuerySet[ApiToken]:
        return me(self.request).api_tokens.open()

    def bodies(self, rows: Sequence[ApiToken]) -> list[dict[str, Any]]:
        return [self._body(token) for token in rows]

    def _body(self, token: ApiToken) -> dict[str, Any]:
        return {
            "id": token.pk,
            "name": token.name,
            "start": token.start,
            "scopes": token.scopes,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
            "this": token == self.request.auth,
        }

    @extend_schema(operation_id="me_tokens_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your tokens that open something, the newest first; never a secret."""
        return super().get(request, *args, **kwargs)


class OneToken(ApiView):
    scopes: ClassVar = {"DELETE": Scope.READ}

    @extend_schema(operation_id="me_tokens_revoke", responses={204: None})
    def delete(self, request: Request, token_id: int) -> Response:
        """End one of your tokens at once: the one that you came with, or with `upload` any."""
        if not (isinstance(request.auth, ApiToken) and request.auth.pk == token_id):
            check_scope(request, Scope.UPLOAD)
        revoke_token(token_id=token_id, by=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
