"""Moving a version: into shadow, live, back, or out. The reasons that the pages ask for, too."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import Nothing, StrictSerializer, Text, read_body
from labelling.api.idempotency import idempotent
from labelling.api.roles import ForAdministrators
from labelling.models import Scope, User
from worker import queries
from worker.api.version_body import OneVersionSerializer
from worker.api.versions import version_answer
from worker.services import considering, letting, overriding, rollback
from worker.services.shadow import stop_trial


def reason(least: int, longest: int) -> Text:
    return Text(min_length=least, max_length=longest, help_text="kept and shown with your name")


class Promotion(StrictSerializer):
    """Why it shall not wait longer."""

    reason = reason(letting.LEAST_REASON, letting.LONGEST_REASON)


class Overruling(StrictSerializer):
    """Why a refused version shall go on all the same."""

    reason = reason(overriding.LEAST_REASON, overriding.LONGEST_REASON)


class Consideration(StrictSerializer):
    """Where the version comes from."""

    reason = reason(1, considering.LONGEST_REASON)


class Return(StrictSerializer):
    """Why the version before shall answer again."""

    reason = Text(max_length=rollback.LONGEST_REASON, allow_blank=True, required=False, default="")


class Move(ForAdministrators):
    """A step in the life of a version; the answer is the version as it stands then."""

    scopes: ClassVar = {"POST": Scope.ADMINISTER}

    def move(
        self,
        request: Request,
        number: int,
        form: type[StrictSerializer],
        act: Callable[..., object],
    ) -> Response:
        """``act`` is told ``by``, ``number`` and what the body says. Raises NotFound."""
        said = read_body(request, form)
        queries.version_by_number(number)
        act(by=me(request), number=number, **said)
        return version_answer(request, number)


class Promote(Move):
    @extend_schema(
        operation_id="versions_promote", request=Promotion, responses=OneVersionSerializer
    )
    @idempotent
    def post(self, request: Request, version_number: int) -> Response:
        """Let a version in shadow answer before its time is over. It must have passed the gate."""
        return self.move(request, version_number, Promotion, letting.let_answer)


class Override(Move):
    @extend_schema(
        operation_id="versions_override", request=Overruling, responses=OneVersionSerializer
    )
    @idempotent
    def post(self, request: Request, version_number: int) -> Response:
        """Send on a version that the gate, or its time in shadow, refused."""
        return self.move(request, version_number, Overruling, _override)


class Shadow(Move):
    @extend_schema(
        operation_id="versions_shadow", request=Consideration, responses=OneVersionSerializer
    )
    @idempotent
    def post(self, request: Request, version_number: int) -> Response:
        """Let a candidate judge in shadow: the same pictures, and nobody is shown what it says."""
        return self.move(request, version_number, Consideration, _consider)


class Rollback(Move):
    @extend_schema(operation_id="versions_rollback", request=Return, responses=OneVersionSerializer)
    @idempotent
    def post(self, request: Request, version_number: int) -> Response:
        """Let a version answer again that did before; the one that answers is taken back."""
        return self.move(request, version_number, Return, _roll_back)


class Reject(Move):
    @extend_schema(operation_id="versions_reject", request=Nothing, responses=OneVersionSerializer)
    @idempotent
    def post(self, request: Request, version_number: int) -> Response:
        """End a version's time in shadow; it will not answer, and is kept."""
        return self.move(request, version_number, Nothing, stop_trial)


def _override(*, by: User, number: int, reason: str) -> Any:
    version = queries.version_by_number(number)
    return overriding.override_gate(version=version, by=by, reason=reason)


def _consider(*, by: User, number: int, reason: str) -> Any:
    version = queries.version_by_number(number)
    return considering.consider(version=version, by=by, reason=reason)


def _roll_back(*, by: User, number: int, reason: str) -> Any:
    return rollback.roll_back(by=by, to=number, reason=reason)
