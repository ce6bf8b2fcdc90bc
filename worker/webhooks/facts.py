"""What an event tells, and who may be told: ids and addresses, and what its page would show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from classifier.models import ModelVersion, VersionChange
from labelling.blindness import open_findings, open_labels
from labelling.disputes import visible_disputes
from labelling.models import Dispute, Image, Label, Review, Submission, User
from labelling.permissions import may_adjudicate, may_administer
from labelling.queries import current_prediction, visible_images
from worker.models import Alert, Job, WebhookEndpoint, WebhookEvent
from worker.queries import visible_jobs

Kind = WebhookEvent.Kind
Facts = dict[str, Any]


@dataclass(frozen=True)
class Listener:
    """Whom an endpoint tells, and whether of all that happens here."""

    person: User
    everything: bool

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "Listener":
        """Who administers no longer is told of their own alone, whatever they once asked for."""
        everything = endpoint.everything and may_administer(endpoint.owner)
        return cls(endpoint.owner, everything)


@dataclass(frozen=True)
class Telling:
    """One kind of event. ``tell`` gives None where there is nothing to tell any more."""

    tell: Callable[[str], Facts | None]
    may_hear: Callable[[str, Listener], bool]


def payload_of(event: WebhookEvent) -> Facts | None:
    """The object that is sent (docs/webhooks.md); None where it is gone meanwhile."""
    data = TELLINGS[Kind(event.kind)].tell(event.subject)
    if data is None:
        return None
    return {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}


def may_be_told(event: WebhookEvent, endpoint: WebhookEndpoint) -> bool:
    """Whether the endpoint's owner may see, now, what the event tells. A webhook opens nobody's
    eyes to what the pages keep from them."""
    listener = Listener.of(endpoint)
    return listener.person.is_active and TELLINGS[Kind(event.kind)].may_hear(
        event.subject, listener
    )


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


def _may_hear_finding(subject: str, to: Listener) -> bool:
    """Of one's own uploads, which nobody is blind to; reviewers hear of no other before they vote,
    and so of none."""
    image = visible_images(to.person).filter(pk=subject).first()
    if image is None or not open_findings([image], to.person):
        return False
    return to.everything or _handed_in(image, to.person)


def _tell_label(subject: str) -> Facts | None:
    label = Label.objects.filter(image__pk=subject).select_related("image").first()
    if label is None:
        return None
    settled = {"value": label.value, "settled_at": label.settled_at.isoformat()}
    return {"image": _image(label.image), "label": settled}


def _may_hear_label(subject: str, to: Listener) -> bool:
    """Reviewers once they have voted, and uploaders, as on the picture's page."""
    image = visible_images(to.person).filter(pk=subject).first()
    if image is None or image.pk not in open_labels({image.pk}, to.person):
        return False
    return to.everything or _handed_in(image, to.person) or _voted_on(image, to.person)


def _handed_in(image: Image, person: User) -> bool:
    return Submission.objects.filter(image=image, submitter=person).exists()


def _voted_on(image: Image, person: User) -> bool:
    return Review.objects.standing().filter(image=image, reviewer=person).exists()


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


def _may_hear_dispute(subject: str, to: Listener) -> bool:
    found = visible_disputes(to.person).filter(pk=subject)
    if not (to.everything or may_adjudicate(to.person)):
        found = found.filter(by=to.person)
    return found.exists()


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


def _may_hear_job(subject: str, to: Listener) -> bool:
    jobs = visible_jobs(to.person).filter(pk=subject)
    return (jobs if to.everything else jobs.filter(requested_by=to.person)).exists()


def _tell_test(subject: str) -> Facts | None:
    return {"webhook": int(subject), "sentence": "This is a test. Nothing has happened."}


def _address(name: str, *args: int | UUID) -> str:
    """Whole where ``AIVH_SITE_URL`` is set: nobody asked whose word could be taken for it."""
    return settings.SITE_URL + reverse(name, args=args)


def _everybody(subject: str, to: Listener) -> bool:
    return True


def _who_hears_everything(subject: str, to: Listener) -> bool:
    return to.everything


TELLINGS: Mapping[WebhookEvent.Kind, Telling] = {
    Kind.IMAGE_CLASSIFIED: Telling(_tell_finding, _may_hear_finding),
    Kind.IMAGE_FAILED: Telling(_tell_failure, _may_hear_finding),
    Kind.LABEL_SETTLED: Telling(_tell_label, _may_hear_label),
    Kind.DISPUTE_OPENED: Telling(_tell_dispute, _may_hear_dispute),
    Kind.MODEL_PROMOTED: Telling(_tell_promotion, _everybody),
    Kind.DRIFT_ALERTED: Telling(_tell_drift, _who_hears_everything),
    Kind.JOB_FAILED: Telling(_tell_job, _may_hear_job),
    Kind.TEST: Telling(_tell_test, _everybody),
}
