"""Who may be told of an event: nobody is shown what the pages keep from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labelling.blindness import open_findings, open_labels
from labelling.disputes import visible_disputes
from labelling.models import Image, Review, Submission, User
from labelling.permissions import may_adjudicate, may_administer
from labelling.queries import visible_images
from worker.models import WebhookEndpoint, WebhookEvent
from worker.queries import visible_jobs

Kind = WebhookEvent.Kind


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


def may_be_told(event: WebhookEvent, endpoint: WebhookEndpoint) -> bool:
    """Whether the endpoint's owner may see, now, what the event tells. A webhook opens nobody's
    eyes to what the pages keep from them."""
    listener = Listener.of(endpoint)
    return listener.person.is_active and MAY_HEAR[Kind(event.kind)](event.subject, listener)


def _may_hear_finding(subject: str, to: Listener) -> bool:
    """Of one's own uploads, which nobody is blind to; reviewers hear of no other before they vote,
    and so of none."""
    image = visible_images(to.person).filter(pk=subject).first()
    if image is None or not open_findings([image], to.person):
        return False
    return to.everything or _handed_in(image, to.person)


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


def _may_hear_dispute(subject: str, to: Listener) -> bool:
    found = visible_disputes(to.person).filter(pk=subject)
    if not (to.everything or may_adjudicate(to.person)):
        found = found.filter(by=to.person)
    return found.exists()


def _may_hear_job(subject: str, to: Listener) -> bool:
    jobs = visible_jobs(to.person).filter(pk=subject)
    return (jobs if to.everything else jobs.filter(requested_by=to.person)).exists()


def _everybody(subject: str, to: Listener) -> bool:
    return True


def _who_hears_everything(subject: str, to: Listener) -> bool:
    return to.everything


MAY_HEAR: Mapping[WebhookEvent.Kind, Callable[[str, Listener], bool]] = {
    Kind.IMAGE_CLASSIFIED: _may_hear_finding,
    Kind.IMAGE_FAILED: _may_hear_finding,
    Kind.LABEL_SETTLED: _may_hear_label,
    Kind.DISPUTE_OPENED: _may_hear_dispute,
    Kind.MODEL_PROMOTED: _everybody,
    Kind.DRIFT_ALERTED: _who_hears_everything,
    Kind.JOB_FAILED: _may_hear_job,
    Kind.TEST: _everybody,
}
