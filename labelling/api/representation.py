"""A picture as programs see it."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from rest_framework.request import Request

from labelling.blindness import open_findings, open_labels
from labelling.contradiction import contradiction_in
from labelling.models import Evidence, Image, Prediction
from labelling.permissions import may_see_all
from labelling.queries import current_predictions, evidence_of


def image_bodies(images: Sequence[Image], request: Request) -> list[dict[str, Any]]:
    """The JSON objects of several pictures, with no more queries than for one.

    As on the pages, a reviewer is blind to what is thought of a picture that is still theirs to
    decide. Have the label joined where there are many.
    """
    predictions = current_predictions(images)
    found = open_findings(images, request.user)
    settled = open_labels({image.pk for image in images}, request.user)
    works = may_see_all(request.user)
    evidence = evidence_of([image for image in images if image.pk in found])
    return [
        {
            **_picture(image, request),
            "blind": image.pk not in found,
            **_found(image, predictions.get(image.pk) if image.pk in found else None, request),
            **_evidence(evidence.get(image.pk), predictions.get(image.pk)),
            "failure": _failure(image),
            "label": _label(image, gold_told=works) if image.pk in settled else None,
        }
        for image in images
    ]


def image_body(image: Image, request: Request) -> dict[str, Any]:
    return image_bodies([image], request)[0]


def image_address(image: Image, request: Request) -> str:
    """Where programs ask after the picture."""
    return request.build_absolute_uri(reverse("api-image", args=[image.pk]))


def _picture(image: Image, request: Request) -> dict[str, Any]:
    return {
        "id": str(image.pk),
        "url": image_address(image, request),
        "page": request.build_absolute_uri(image.get_absolute_url()),
        "sha256": image.sha256,
        "state": image.state,
        "content_type": image.content_type,
        "width": image.width,
        "height": image.height,
        "received_at": image.received_at,
    }


def _found(image: Image, prediction: Prediction | None, request: Request) -> dict[str, Any]:
    """The finding and where it is explained; nothing of both for whoever is still blind to it."""
    if prediction is None:
        return {"finding": None, "explanation": None}
    address = reverse("api-explanation", args=[image.pk])
    return {
        "finding": finding_body(prediction),
        "explanation": request.build_absolute_uri(address),
    }


def finding_body(prediction: Prediction) -> dict[str, Any]:
    """What one version said of one picture. Have the version joined where there are many."""
    return {
        "verdict": prediction.verdict,
        "reasons": prediction.reasons,
        "probability_ai": prediction.probability_ai,
        "logit": prediction.logit,
        "model_version": prediction.version.number,
        "created_at": prediction.created_at,
    }


def _evidence(
    evidence: list[Evidence] | None, prediction: Prediction | None
) -> dict[str, list[dict[str, Any]] | bool | None]:
    """What the file says of its origin; None for whoever is still blind to it."""
    if evidence is None:
        return {"evidence": None, "contradiction": None}
    return {
        "evidence": [
            {
                "kind": clue.kind,
                "says": clue.says,
                "tool": clue.tool,
                "where": clue.where,
                "verified": clue.verified,
                "sentence": clue.sentence,
                "prompt": clue.prompt,
            }
            for clue in evidence
        ],
        "contradiction": contradiction_in(evidence, prediction) is not None,
    }


def _failure(image: Image) -> dict[str, str] | None:
    if image.state != Image.State.FAILED:
        return None
    return {"code": image.failure_code, "detail": image.failure}


def _label(image: Image, *, gold_told: bool) -> dict[str, Any] | None:
    """What people settled; whether it measures is the business of those who work here."""
    label = getattr(image, "label", None)
    if label is None:
        return None
    gold = label.gold if gold_told else None
    return {"value": label.value, "gold": gold, "settled_at": label.settled_at}
