"""A machine learning backend for Label Studio, in the contract of label-studio-ml 2.x."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import AivhError
from classifier.serving import serving_detector
from labelling.api.authentication import BasicTokenAuthentication, BearerAuthentication
from labelling.api.base import ApiView, me
from labelling.api.fields import read_body
from labelling.api.label_studio_bodies import (
    Event,
    Happened,
    Heard,
    Results,
    SetUp,
    Setup,
    State,
    Tasks,
)
from labelling.api.parsers import ShallowJSONParser
from labelling.api.sparse import sparse
from labelling.errors import InvalidRequest
from labelling.label_studio.answers import no_prediction, prediction
from labelling.label_studio.interface import Interface, NoSuchInterface, read_interface
from labelling.label_studio.places import NoSuchPlace, Place, place_of
from labelling.label_studio.words import answer_in
from labelling.models import Scope
from labelling.services.label_studio import annotated_image, finding_for, take_annotation

LONGEST = 60.0  # seconds for the tasks of one request; Label Studio waits for 100
NO_TIME = "There was no time left for this task. Ask for fewer at once."
HAND_IN = "ANNOTATION_CREATED"
CHANGE = "ANNOTATION_UPDATED"
NO_ANNOTATION = "This event is not an annotation that somebody made or changed."


class LabelStudioView(ApiView):
    """Label Studio sends HTTP Basic; its password is a token."""

    authentication_classes = (BasicTokenAuthentication, BearerAuthentication)
    parser_classes = (ShallowJSONParser,)
    parameters = None  # whatever it adds in a later version


class Health(ApiView):
    """Whether anybody is here, which strangers may know of the site anyway."""

    authentication_classes = ()
    permission_classes = ()
    parameters = None

    @extend_schema(operation_id="label_studio_health", responses=State, tags=["label-studio"])
    @sparse
    def get(self, request: Request) -> Response:
        """Says that the backend answers."""
        return Response({"status": "UP", "model_class": "aivh"})


class SetupProject(LabelStudioView):
    scopes: ClassVar = {"POST": Scope.READ}

    @extend_schema(
        operation_id="label_studio_setup", request=Setup, responses=SetUp, tags=["label-studio"]
    )
    def post(self, request: Request) -> Response:
        """Look whether the project's interface asks what the detector answers, and which version
        would answer."""
        said = read_body(request, Setup)
        if said["schema"]:  # Label Studio sends none while a project has none
            _interface(said["schema"])
        version, _ = serving_detector()
        return Response({"model_version": str(version.number)})


class PredictTasks(LabelStudioView):
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        operation_id="label_studio_predict", request=Tasks, responses=Results, tags=["label-studio"]
    )
    def post(self, request: Request) -> Response:
        """Predict pictures, in the words of the project's interface. Those that are not here yet
        are handed in."""
        said = read_body(request, Tasks)
        interface = _interface(said["label_config"])
        end = time.monotonic() + LONGEST
        tasks = said["tasks"]
        return Response({"results": [_result(task, interface, request, end) for task in tasks]})


class Webhook(LabelStudioView):
    scopes: ClassVar = {"POST": Scope.REVIEW}

    @extend_schema(
        operation_id="label_studio_webhook",
        request=Event,
        responses={200: Heard, 201: Heard},
        tags=["label-studio"],
    )
    def post(self, request: Request) -> Response:
        """Hand an annotation in as an answer of the token's person; other events change nothing."""
        if read_body(request, Happened)["action"] not in (HAND_IN, CHANGE):
            return Response({"taken": False, "why": NO_ANNOTATION})
        event = read_body(request, Event)
        answer = answer_in(event.get("annotation", {}).get("result"))
        if answer is None or event["annotation"].get("was_cancelled"):
            return Response({"taken": False, "why": "This annotation says nothing of the picture."})
        image = annotated_image(place=_annotated_place(event, request), person=me(request))
        changed = event["action"] == CHANGE
        taken = take_annotation(image=image, answer=answer, by=me(request), changed=changed)
        why = None if taken else "You had said the same before."
        code = status.HTTP_201_CREATED if taken else status.HTTP_200_OK
        return Response({"taken": taken, "why": why}, status=code)


def _interface(text: str) -> Interface:
    try:
        return read_interface(text)
    except NoSuchInterface as error:
        raise InvalidRequest(str(error)) from error


def _result(
    task: Mapping[str, Any], interface: Interface, request: Request, end: float
) -> dict[str, Any]:
    """What to say of one task; what goes wrong with it spoils no other."""
    if time.monotonic() > end:
        return no_prediction(code="still_answering", detail=NO_TIME)
    try:
        place = _place(task["data"].get(interface.key), request)
        found = finding_for(place=place, person=me(request))
    except AivhError as error:
        return no_prediction(code=error.code, detail=error.message)
    return prediction(
        interface,
        verdict=found.verdict,
        probability_ai=found.probability_ai,
        version=found.version.number,
    )


def _annotated_place(event: Mapping[str, Any], request: Request) -> Place:
    """Where the annotated picture is: what the interface names, else what the task calls so."""
    task, project = event.get("task", {}), event.get("project", {})
    data = task.get("data")
    if not isinstance(data, Mapping):
        raise InvalidRequest("The event names no task.")
    config = project.get("label_config")
    key = _interface(config).key if isinstance(config, str) and config else "image"
    return _place(data.get(key), request)


def _place(address: object, request: Request) -> Place:
    sites = frozenset({request.get_host(), urlsplit(settings.SITE_URL).netloc} - {""})
    try:
        return place_of(address, sites=sites, label_studio=settings.LABEL_STUDIO_URL)
    except NoSuchPlace as error:
        raise InvalidRequest(str(error)) from error
