"""What the addresses of the route table lead to: one of each thing, made by the uploader."""

from pathlib import Path

from django.utils import timezone

from classifier.services import promote_version, register_version
from classifier.vocabulary import Label
from labelling.models import Image, Submission, User
from labelling.permissions import ADMINISTRATORS
from labelling.services.deletion import bin_image
from labelling.services.disputes import open_dispute
from labelling.services.invitations import invite
from labelling.services.sharing import create_share_link
from labelling.services.submit import submit_image
from labelling.services.tokens import make_token
from tests.people import make_person
from tests.worker.small import picture, small_bundle
from worker.models import (
    Alert,
    DatasetSnapshot,
    HourlyTally,
    Job,
    RetrainingPolicy,
    TrainingRun,
)
from worker.services.alerts import raise_alert
from worker.services.inference import classify_image
from worker.services.webhooks.by_hand import send_test
from worker.services.webhooks.endpoints import Wish, make_webhook
from worker.weekly.week import Week


def make_things(uploader: User, folder: Path) -> dict[str, str]:
    """Make them all; give what an address or a form calls each of them."""
    bundle = small_bundle(folder / "bundles" / "small-1")
    version = promote_version(version=register_version(bundle=bundle.path))
    image, disputed = (_judged(uploader, number) for number in (1, 2))
    dispute = open_dispute(image_id=disputed.pk, by=uploader, reason="I drew it myself.")
    binned = submit_image(
        data=picture(Label.AI, 3),
        filename="unwanted.png",
        channel=Submission.Channel.PAGE,
        submitter=uploader,
    ).image
    bin_image(image_id=binned.pk, by=uploader)
    link = create_share_link(image_id=image.pk, by=uploader)
    snapshot = DatasetSnapshot.objects.create(
        digest="5" * 64, manifest="none", ai=1, human=1, gold=0
    )
    webhook, _ = make_webhook(
        owner=uploader, wish=Wish(url="https://hooks.example/", events=["job.failed"])
    )
    invitation, invitation_secret = invite(
        roles=[], by=make_person("host", ADMINISTRATORS, is_staff=True)
    )
    return {
        "person": str(uploader.pk),
        "search": str(uploader.saved_filters.create(name="Mine", query="verdict=ai").pk),
        "invitation": str(invitation.pk),
        "invitation_secret": invitation_secret,
        "person_name": uploader.get_username(),
        "image": str(image.pk),
        "token": str(make_token(owner=uploader, name="a", scopes=["read"], days=1)[0].pk),
        "prediction": str(image.predictions.get().pk),
        "binned": str(binned.pk),
        "link": str(link.pk),
        "webhook": str(webhook.pk),
        "delivery": str(send_test(webhook_id=webhook.pk, by=uploader).pk),
        "link_secret": link.token,
        "dispute": str(dispute.pk),
        "version": str(version.number),
        "alert": str(_alert().pk),
        "run": str(TrainingRun.objects.create(parent=version).pk),
        "snapshot": snapshot.digest,
        "week": _week().name,
        "policy": str(RetrainingPolicy.objects.get().pk),
        "job": str(Job.objects.create(kind="predict", title="Judge", requested_by=uploader).pk),
    }


def _week() -> Week:
    """This one, in which a picture was counted."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    HourlyTally.objects.create(hour=now, what="image", key="", version=0, count=1)
    return Week.of(now)


def _alert() -> Alert:
    alert, _ = raise_alert(key="queue", kind=Alert.Kind.QUEUE, sentence="Pictures wait.")
    return alert


def _judged(uploader: User, number: int) -> Image:
    image = submit_image(
        data=picture(Label.AI, number),
        filename="mine.png",
        channel=Submission.Channel.PAGE,
        submitter=uploader,
    ).image
    classify_image(image_id=image.pk)
    return image
