"""What the schema says of every address, beyond what each view says of itself."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from labelling.api import idempotency, sparse

TEXT = {"type": "string"}
FIELDS = {
    "in": "query",
    "name": sparse.PARAMETER,
    "schema": TEXT,
    "description": "Only these members of each object, with commas between them.",
}
KEY = {
    "in": "header",
    "name": idempotency.HEADER,
    "schema": {**TEXT, "pattern": "^[ -~]+$", "maxLength": idempotency.LONGEST_KEY},
    "description": "Any text of yours, new for each new request. Sent again with the same "
    "request, it gets the same answer for 24 hours and does nothing twice.",
}


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details: every refusal."""

    type = serializers.CharField(help_text="an address that says what the code means")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="a sentence for people")
    code = serializers.CharField(help_text="stable; /docs/errors lists them all")
    request_id = serializers.CharField()


class ApiSchema(AutoSchema):
    """Adds what every list and every repeatable request takes, and the one form of refusals."""

    def _get_parameters(self) -> list[dict[str, Any]]:
        handler = getattr(self.view, self.method.lower(), None)
        shared = [FIELDS] if getattr(handler, "sparse", self._is_list_view()) else []
        shared += [KEY] if getattr(handler, "idempotent", False) else []
        return [*super()._get_parameters(), *shared]

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        refused = self._get_response_for_code(  # type: ignore[no-untyped-call]
            Problem, "default", ["application/problem+json"]
        )
        return {**super()._get_response_bodies(direction), "default": refused}


class BasicToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Label Studio's way to send a token."""

    target_class = "labelling.api.authentication.BasicTokenAuthentication"
    name = "basicToken"
    priority = 1  # before that of the class that it is built on

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "The password is a token; the name may be anything.",
        }
