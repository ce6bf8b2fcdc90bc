"""How the queue mixes and what settles a picture, for administrators."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.fields import Number, StrictSerializer, WholeNumber, read_body
from labelling.api.parsers import JSON_ONLY
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.models import QueuePolicy, Scope
from labelling.queue import queue_policy
from labelling.services.queue_policy import EDITED, change_queue_policy


class QueuePolicySerializer(serializers.ModelSerializer[QueuePolicy]):
    """The site's one policy of the queue. Shares are of the turns, from 0 to 0.5."""

    class Meta:
        model = QueuePolicy
        fields = EDITED
        read_only_fields = EDITED


def share(most: float = 0.5) -> Number:
    return Number(min_value=0, max_value=most, required=False)


def number(most: int) -> WholeNumber:
    return WholeNumber(min_value=1, max_value=most, required=False)


class QueuePolicyChange(StrictSerializer):
    """What is left out stays as it is."""

    gold_share = share()
    audit_share = share()
    novel_share = share()
    votes_wanted = number(5)
    lease_minutes = number(60)
    unsure_wanted = number(5)
    gold_floor = share(most=1)


class OneQueuePolicy(ForAdministrators):
    parser_classes = JSON_ONLY
    scopes: ClassVar = {"GET": Scope.READ, "PATCH": Scope.ADMINISTER}

    @extend_schema(operation_id="queue_policy_read", responses=QueuePolicySerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """How the queue mixes, how many people settle a picture, how long one is kept."""
        return _answer(queue_policy())

    @extend_schema(
        operation_id="queue_policy_change",
        request=QueuePolicyChange,
        responses=QueuePolicySerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change it. Fewer wanted votes settle open pictures in the background; what is settled
        stays."""
        rules: dict[str, Any] = read_body(request, QueuePolicyChange, partial=True)
        return _answer(change_queue_policy(rules=rules, by=me(request)))


def _answer(policy: QueuePolicy) -> Response:
    return Response(QueuePolicySerializer(policy).data)
