"""A page of a list at a time, each row once, whatever comes and goes meanwhile."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, _reverse_ordering
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from labelling.api.numbers import number_asked

FROM_THE_START = Cursor(offset=0, reverse=False, position=None)


class Pages(CursorPagination):
    """50 at a time, or ``?limit=`` up to 200.

    The framework's cursor counts the rows that have one value, such as pictures of one size, from
    the edge of a page: on the way back it leaves some of them out, and behind a thousand it goes
    in a circle. Ours names the row at the edge, by its value and its key.
    """

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    page: list[Any]
    base_url: str

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.base_url = request, request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        cursor = self._place(request)
        order = _reverse_ordering(self.ordering) if cursor.reverse else self.ordering
        size = self.get_page_size(request)
        position: Any = cursor.position  # the stubs take it for a number
        try:
            behind = _behind(queryset, order, position)
            rows = list(behind.order_by(*order)[: size + 1])
        except (ValidationError, ValueError, OverflowError) as error:  # no place in this list
            raise NotFound(self.invalid_cursor_message) from error
        self._note(rows[:size], cursor, more=len(rows) > size)
        return self.page

    def _place(self, request: Request) -> Cursor:
        """Raises NotFound for a cursor that no list has handed out, damaged on its way perhaps."""
        given = request.query_params.get(self.cursor_query_param)
        if given is None:
            return FROM_THE_START
        cursor = self.decode_cursor(request)
        meant = replace_query_param(self.base_url, self.cursor_query_param, given)
        if cursor is None or cursor.offset or self.encode_cursor(cursor) != meant:
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def _note(self, page: list[Any], cursor: Cursor, *, more: bool) -> None:
        came = cursor.position is not None
        self.page = page[::-1] if cursor.reverse else page
        self.has_previous, self.has_next = (more, came) if cursor.reverse else (came, more)

    def get_next_link(self) -> str | None:
        return self._link(self.page[-1:], reverse=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(self.page[:1], reverse=True) if self.has_previous else None

    def _link(self, edge: list[Any], *, reverse: bool) -> str:
        """To what lies beyond the edge; of a page without rows, to that end of the list."""
        if not edge and not reverse:
            return remove_query_param(self.base_url, self.cursor_query_param)
        position: Any = self._get_position_from_instance(edge[0], self.ordering) if edge else None
        return self.encode_cursor(Cursor(offset=0, reverse=reverse, position=position))

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:
        return f"{instance.pk} {super()._get_position_from_instance(instance, ordering)}"

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """As the view says, by a field that is never null; among equals by key."""
        ordering = tuple(view.ordering)
        return (*ordering, "-pk" if ordering[0].startswith("-") else "pk")

    def get_page_size(self, request: Request) -> int:
        name, usual = self.page_size_query_param, self.page_size
        return number_asked(request, name, usual=usual, most=self.max_page_size)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """In the words of OpenAPI 3.1, which has no ``nullable``."""
        link = {"type": ["string", "null"], "format": "uri"}
        members = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "required": list(members), "properties": members}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for one in parameters:
            if one["name"] == self.page_size_query_param:
                one["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
        return parameters


def _behind(rows: QuerySet[Any], order: tuple[str, ...], position: str | None) -> QuerySet[Any]:
    """Those that come after the row at ``position``, in this order. Raises ValidationError and
    ValueError where that is none."""
    if position is None:
        return rows
    key, _, value = position.partition(" ")
    field = order[0].removeprefix("-")
    beyond = "lt" if order[0].startswith("-") else "gt"
    further = Q(**{f"{field}__{beyond}": value}) | Q(**{field: value, f"pk__{beyond}": key})
    # The first of the two is how a database finds the place by an index of the field.
    return rows.filter(**{f"{field}__{beyond}e": value}).filter(further)
