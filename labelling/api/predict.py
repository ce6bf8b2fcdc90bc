"""``POST /predict``: the seed service's contract, answered here and now."""

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from classifier.errors import NotAllowed
from classifier.vocabulary import Verdict
from labelling.api.access import TokenHasScope
from labelling.api.authentication import BearerAuthentication
from labelling.api.base import ApiView, sent_picture, signed_in
from labelling.api.images import Picture
from labelling.api.representation import image_body
from labelling.api.serializers import ImageSerializer, words
from labelling.api.throttles import PredictThrottle, ScopeThrottle
from labelling.errors import InvalidFileType, MissingFile
from labelling.models import Prediction, Scope
from labelling.services.submit import submit_with_finding

EVEN = 0.5
AI_WORDS, HUMAN_WORDS = "AI-generated", "Human-made"
# What clients of the seed service's framework read where a field is missing.
FIELD_MISSING = [
    {"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None}
]


class SeedAnswer(ImageSerializer):
    """A picture, with the seed service's three fields beside it."""

    prediction = serializers.ChoiceField(choices=words(AI_WORDS, HUMAN_WORDS))
    confidence = serializers.FloatField(help_text="probability of AI")
    logit = serializers.FloatField()
    verdict = serializers.ChoiceField(choices=words(*Verdict))
    model_version = serializers.IntegerField()


class SeedRefusal(serializers.Serializer[Any]):
    """What clients of the seed's framework read where there is no file."""

    code = serializers.CharField()
    detail = serializers.JSONField()


class Predict(ApiView):
    """Open to anyone where the settings say so, else by token or session."""

    parser_classes = (MultiPartParser,)
    scopes: ClassVar = {"POST": Scope.UPLOAD}
    parameters = None  # the seed service passed them over

    def get_authenticators(self) -> list[BaseAuthentication]:
        if settings.OPEN_PREDICT:
            # A session would bring its CSRF check along, which no program of the seed's knows.
            return [BearerAuthentication()]
        return [BearerAuthentication(), SessionAuthentication()]

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if settings.OPEN_PREDICT else IsAuthenticated(), TokenHasScope()]

    def get_throttles(self) -> list[BaseThrottle]:
        counted = settings.OPEN_PREDICT and not settings.ONLY_THIS_MACHINE
        return [PredictThrottle() if counted else ScopeThrottle()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if settings.OPEN_PREDICT and from_another_site(request):
            raise NotAllowed("A page of another site may not hand in pictures here.")

    @extend_schema(
        operation_id="predict",
        tags=["seed"],
        # Whatever this site's settings say. The stubs know the names of schemes alone.
        auth=[{"tokenAuth": []}, {"cookieAuth": []}, {}],  # type: ignore[list-item]
        request={"multipart/form-data": Picture},
        responses={200: SeedAnswer, 422: SeedRefusal},
    )
    def post(self, request: Request) -> Response:
        """The seed service's contract: the finding, here and now."""
        try:
            picture = sent_picture(request)
        except MissingFile as error:
            return Response({"code": error.code, "detail": FIELD_MISSING}, status=422)
        if picture.content_type and not picture.content_type.startswith("image/"):
            raise InvalidFileType("Invalid file type")
        submitted, prediction = submit_with_finding(
            data=picture.read(),
            filename=picture.name or "",
            submitter=signed_in(request),
        )
        seed = seed_answer(prediction)
        return Response({**image_body(submitted.image, request), **seed})


def from_another_site(request: Request) -> bool:
    """Whether a browser sent this for a page that is not ours. Programs send no ``Origin``.

    What is open without an account has no CSRF check, and a browser reaches also what only its
    own machine can reach.
    """
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.get_host()


def seed_answer(prediction: Prediction) -> dict[str, Any]:
    """The seed service's three fields, and the finding as flat fields beside them.

    ``prediction`` knows two words and so follows the even odds; ``verdict`` may be uncertain.
    """
    is_ai = prediction.probability_ai >= EVEN
    return {
        "prediction": AI_WORDS if is_ai else HUMAN_WORDS,
        "confidence": prediction.probability_ai,
        "logit": prediction.logit,
        "verdict": prediction.verdict,
        "model_version": prediction.version.number,
    }
