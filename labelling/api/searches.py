"""Searches of the gallery that a person keeps under a name."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import ApiView, me
from labelling.api.fields import StrictSerializer, Text, read_body
from labelling.api.idempotency import idempotent
from labelling.api.lists import ListView
from labelling.api.sparse import sparse
from labelling.models import SavedFilter, Scope
from labelling.services.saved_filters import (
    LONGEST_NAME,
    LONGEST_SENT,
    delete_filter,
    own_filter,
    rename_filter,
    save_filter,
)


class SearchSerializer(serializers.Serializer[Any]):
    """A search under a name."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    name = serializers.CharField()
    query = serializers.CharField(help_text="in the gallery's words, as behind its address's ?")
    page = serializers.URLField(help_text="where people see what it finds")
    created_at = serializers.DateTimeField()


class SearchName(StrictSerializer):
    """What it shall be called."""

    name = Text(max_length=LONGEST_NAME)


class NewSearch(SearchName):
    """What is searched for, and what that shall be called."""

    query = Text(
        max_length=LONGEST_SENT,
        allow_blank=True,
        help_text="`verdict=ai&sort=largest`; an empty one finds all that you may see",
    )


class Searches(ListView):
    queryset = SavedFilter.objects.none()  # for the schema, which is made for nobody
    serializer_class = SearchSerializer
    ordering = ("name",)
    scopes: ClassVar = {"GET": Scope.READ, "POST": Scope.UPLOAD}

    def get_queryset(self) -> QuerySet[SavedFilter]:
        return me(self.request).saved_filters.all()

    def bodies(self, rows: Sequence[SavedFilter]) -> list[dict[str, Any]]:
        return [_body(row, self.request) for row in rows]

    @extend_schema(operation_id="searches_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The searches that you keep, by name."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="searches_create", request=NewSearch, responses={201: SearchSerializer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep a search of the gallery. One that the gallery does not understand is refused."""
        said = read_body(request, NewSearch)
        body = _body(save_filter(owner=me(request), strict=True, **said), request)
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": body["url"]})


class OneSearch(ApiView):
    scopes: ClassVar = {"GET": Scope.READ, "PATCH": Scope.UPLOAD, "DELETE": Scope.UPLOAD}

    @extend_schema(operation_id="searches_read", responses=SearchSerializer)
    @sparse
    def get(self, request: Request, search_id: int) -> Response:
        """One of the searches that you keep."""
        return Response(_body(own_filter(filter_id=search_id, owner=me(request)), request))

    @extend_schema(operation_id="searches_rename", request=SearchName, responses=SearchSerializer)
    def patch(self, request: Request, search_id: int) -> Response:
        """Give it another name."""
        name = read_body(request, SearchName)["name"]
        kept = rename_filter(filter_id=search_id, owner=me(request), name=name)
        return Response(_body(kept, request))

    @extend_schema(operation_id="searches_delete", responses={204: None})
    def delete(self, request: Request, search_id: int) -> Response:
        """Keep it no longer. The pictures that it finds stay as they are."""
        delete_filter(filter_id=search_id, owner=me(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _body(kept: SavedFilter, request: Request) -> dict[str, Any]:
    return {
        "id": kept.pk,
        "url": request.build_absolute_uri(reverse("api-search", args=[kept.pk])),
        "name": kept.name,
        "query": kept.query,
        "page": request.build_absolute_uri(f"{reverse('images')}?{kept.query}"),
        "created_at": kept.created_at,
    }
