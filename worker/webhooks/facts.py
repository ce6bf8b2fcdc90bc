"""What an event tells: ids and addresses, and what its page would show."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from classifier.models import ModelVersion, VersionChange
from labelling.models import Dispute, Image, Label, Review
from labelling.queries import current_prediction
from worker.models import Alert, Job, WebhookEvent

Kind = WebhookEvent.Kind
Facts = dict[str, Any]


def payload_of(event: WebhookEvent) -> Facts | None:
    """The object that is sent (docs/webhooks.md); None where it is gone meanwhile."""
    data = TELL[Kind(event.kind)](event.subject)
    if data is None:
        return None
    return {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}


def _image(image: Image) -> Facts:
    return {
        "id": str(image.pk),
        "url": _address("api-image", image.pk),
        "page": settings.SITE_URL + image.get_absolute_url(),
        "sha256": image.sha256,
    }


def _tell_finding(subject: str) -> Facts | None:
    image = Image.objects.filter(pk=subject).first()
    said = current_prediction(image) if image else None
    if image is None or said is None:
        return None
    finding = {
        "verdict": said.verdict,
        "probability_ai": said.probability_ai,
        "model_version": said.version.number,
    }
    return {"image": _image(image), "finding": finding}


def _tell_failure(subject: str) -> Facts | None:
    image = Image.objects.filter(pk=subject, state=Image.State.FAILED).first()
    if image is None:
        return None
    return {
        "image": _image(image),
        "failure": {"code": image.failure_code, "detail": image.failure},
    }


def _tell_label(subject: str) -> Facts | None:
    image = Image.objects.filter(pk=subject).select_related("label").first()
    settled_at = _settled_at(image) if image else None
    if image is None or settled_at is None:
        return None
    label = {"value": image.settled_as, "settled_at": settled_at.isoformat()}
    return {"image": _image(image), "label": label}


def _settled_at(image: Image) -> datetime | None:
    """Of an unusable picture, which has no label, the votes know; None where it is open."""
    if image.unusable:
        votes = Review.objects.counting().filter(image=image, answer=Review.Answer.UNUSABLE)
        return votes.aggregate(newest=Max("created_at"))["newest"]
    label: Label | None = getattr(image, "label", None)
    return label.settled_at if label else None


def _tell_dispute(subject: str) -> Facts | None:
    dispute = Dispute.objects.filter(pk=subject).select_related("image").first()
    if dispute is None:
        return None
    return {
        "dispute": {
            "id": dispute.pk,
            "url": _address("api-dispute", dispute.pk),
            "page": _address("dispute", dispute.pk),
            "verdict": dispute.verdict,
        },
        "image": _image(dispute.image),
    }


def _tell_promotion(subject: str) -> Facts | None:
    change = VersionChange.objects.filter(pk=subject).select_related("version").first()
    if change is None:
        return None
    version: ModelVersion = change.version
    return {
        "version": {
            "number": version.number,
            "url": _address("api-version", version.number),
            "page": _address("version", version.number),
        },
        "promoted_at": version.promoted_at.isoformat() if version.promoted_at else None,
    }


def _tell_drift(subject: str) -> Facts | None:
    alert = Alert.objects.filter(pk=subject).first()
    if alert is None:
        return None
    return {
        "alert": {
            "id": alert.pk,
            "key": alert.key,
            "sentence": alert.sentence,
            "page": settings.SITE_URL + alert.link,
        }
    }


def _tell_job(subject: str) -> Facts | None:
    job = Job.objects.filter(pk=subject).first()
    if job is None:
        return None
    return {
        "job": {
            "id": job.pk,
            "kind": job.kind,
            "url": _address("api-job", job.pk),
            "page": settings.SITE_URL + job.get_absolute_url(),
            "outcome": job.outcome,
        }
    }


def _tell_test(subject: str) -> Facts | None:
    return {"webhook": int(subject), "sentence": "This is a test. Nothing has happened."}


def _address(name: str, *args: int | UUID) -> str:
    """Whole where ``AIVH_SITE_URL`` is set: nobody asked whose word could be taken for it."""
    return settings.SITE_URL + reverse(name, args=args)


TELL: Mapping[WebhookEvent.Kind, Callable[[str], Facts | None]] = {
    Kind.IMAGE_CLASSIFIED: _tell_finding,
    Kind.IMAGE_FAILED: _tell_failure,
    Kind.LABEL_SETTLED: _tell_label,
    Kind.DISPUTE_OPENED: _tell_dispute,
    Kind.MODEL_PROMOTED: _tell_promotion,
    Kind.DRIFT_ALERTED: _tell_drift,
    Kind.JOB_FAILED: _tell_job,
    Kind.TEST: _tell_test,
}
