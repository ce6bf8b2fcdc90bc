"""The audit log for administrators' programs: who changed what."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import CharFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.lists import ListView, Moment
from labelling.api.roles import ForAdministrators
from labelling.audit_words import words_of
from labelling.models import AuditEntry, Scope
from labelling.queries import audit_entries, with_action


class AuditEntrySerializer(serializers.Serializer[Any]):
    """One change. It never goes and never changes; `hash` chains it to the one before."""

    number = serializers.IntegerField(allow_null=True, help_text="null until it is sealed")
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True, help_text="a name; null for the site itself")
    action = serializers.CharField(help_text="as in `label.settled`")
    words = serializers.CharField(help_text="the same for people")
    subject = serializers.CharField(help_text="as in `image:0b7f…`")
    details = serializers.DictField(help_text="the change itself; differs by action")
    hash = serializers.CharField(allow_null=True)
    before_hash = serializers.CharField(allow_null=True, help_text="of the entry before")


class AuditFilters(FilterSet):
    action = CharFilter(
        method="by_action",
        max_length=40,
        label="An action, or the first word of several, as in `label`.",
    )
    actor = CharFilter(max_length=150, label="A name to sign in with.")
    subject = CharFilter(max_length=120, label="What was changed, as in `person:7`.")
    at_after = Moment(field_name="at", lookup_expr="gt")
    at_before = Moment(field_name="at", lookup_expr="lt")

    def by_action(self, found: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        return with_action(found, value)


class AuditLog(ForAdministrators, ListView):
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilters
    ordering = ("-pk",)
    scopes: ClassVar = {"GET": Scope.ADMINISTER}

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return audit_entries()

    def bodies(self, rows: Sequence[AuditEntry]) -> list[dict[str, Any]]:
        return [_body(row) for row in rows]

    @extend_schema(operation_id="audit_log_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who changed what, the newest first."""
        return super().get(request, *args, **kwargs)


def _body(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor or None,
        "action": entry.action,
        "words": words_of(entry),
        "subject": entry.subject,
        "details": entry.details,
        "hash": entry.hash or None,
        "before_hash": entry.before_hash or None,
    }
