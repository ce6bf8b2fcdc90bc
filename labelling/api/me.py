"""Who is asking, what they may do, and within which limits."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.detector.decoding import MAX_BYTES, MAX_PIXELS
from labelling.api.base import ApiView, me
from labelling.api.queue import MOST_HELD
from labelling.api.serializers import words
from labelling.api.sparse import sparse
from labelling.api.waiting import LONGEST_WAIT
from labelling.models import ApiToken, Scope
from labelling.permissions import ROLES, may_adjudicate, may_administer, may_review, may_upload


class MaySerializer(serializers.Serializer[Any]):
    """What your roles allow; a token may do no more of it than it was made for."""

    upload = serializers.BooleanField()
    review = serializers.BooleanField()
    adjudicate = serializers.BooleanField()
    administer = serializers.BooleanField()


class OwnTokenSerializer(serializers.Serializer[Any]):
    """The token that you came with."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    expires_at = serializers.DateTimeField()


class LimitsSerializer(serializers.Serializer[Any]):
    """What the site takes from you; the page of limits tells them all."""

    requests_per_minute = serializers.DictField(
        child=serializers.IntegerField(), help_text="of all your tokens, by scope"
    )
    picture_bytes = serializers.IntegerField()
    picture_pixels = serializers.IntegerField()
    pictures_in_bulk = serializers.IntegerField()
    wait_seconds = serializers.FloatField()
    pictures_held = serializers.IntegerField(help_text="of the review queue")


class MeSerializer(serializers.Serializer[Any]):
    """You."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=words(*ROLES)))
    may = MaySerializer()
    token = OwnTokenSerializer(allow_null=True, help_text="null for a browser's session")
    limits = LimitsSerializer()


class Me(ApiView):
    @extend_schema(operation_id="me_read", responses=MeSerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """Who you are, your roles, what your token is for, and your limits."""
        person = me(request)
        names = person.groups.filter(name__in=ROLES).order_by("name")
        return Response(
            {
                "id": person.pk,
                "username": person.get_username(),
                "roles": list(names.values_list("name", flat=True)),
                "may": {
                    "upload": may_upload(person),
                    "review": may_review(person),
                    "adjudicate": may_adjudicate(person),
                    "administer": may_administer(person),
                },
                "token": _token(request.auth),
                "limits": _limits(),
            }
        )


def _token(token: Any) -> dict[str, Any] | None:
    if not isinstance(token, ApiToken):
        return None
    return {
        "id": token.pk,
        "name": token.name,
        "scopes": token.scopes,
        "expires_at": token.expires_at,
    }


def _limits() -> dict[str, Any]:
    return {
        "requests_per_minute": dict(settings.API_RATES),
        "picture_bytes": MAX_BYTES,
        "picture_pixels": MAX_PIXELS,
        "pictures_in_bulk": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "wait_seconds": LONGEST_WAIT,
        "pictures_held": MOST_HELD,
    }
