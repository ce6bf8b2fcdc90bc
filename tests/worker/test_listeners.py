"""What is announced below is heard here, and a dead broker is nobody's problem."""

import logging
from uuid import uuid4

import pytest

from classifier.announcements import version_promoted
from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.announcements import image_received
from labelling.models import Image, Submission
from labelling.services.submit import submit_image
from tests.worker.conftest import make_image
from tests.worker.small import picture
from worker import broker
from worker.services import chain

pytestmark = pytest.mark.django_db


def submit(content: bytes) -> Image:
    """Hand a picture in as the page does; gives the row as it stands afterwards."""
    submitted = submit_image(
        data=content, filename="a.png", channel=Submission.Channel.PAGE, submitter=None
    )
    return Image.objects.get(pk=submitted.image.pk)


def test_a_received_picture_goes_to_the_queue() -> None:
    image = make_image(picture(Label.AI, 1))
    before = broker.depth(broker.INFERENCE)

    image_received.send_robust(sender=None, image_id=image.pk)

    image.refresh_from_db()
    assert image.sent_at is not None
    assert broker.depth(broker.INFERENCE) == before + 1


def test_said_twice_it_is_sent_once() -> None:
    image = make_image(picture(Label.AI, 1))
    before = broker.depth(broker.INFERENCE)
    for _ in range(2):
        image_received.send_robust(sender=None, image_id=image.pk)
    assert broker.depth(broker.INFERENCE) == before + 1


def test_with_a_dead_broker_the_picture_waits_for_the_sweeper(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise broker.UNREACHABLE[0]("connection refused")

    monkeypatch.setattr(broker.current_app, "send_task", refuse)
    image = make_image(picture(Label.AI, 1))

    with caplog.at_level(logging.WARNING):
        heard = image_received.send_robust(sender=None, image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.sent_at) == (Image.State.WAITING, None)
    assert [answer for _, answer in heard] == [None]
    assert len(caplog.records) == 1


def test_a_picture_that_is_gone_already_is_not_sent() -> None:
    before = broker.depth(broker.INFERENCE)
    image_received.send_robust(sender=None, image_id=uuid4())
    assert broker.depth(broker.INFERENCE) == before


def test_a_promotion_starts_the_new_verdicts(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[object, ...]] = []

    def send(*message: object) -> bool:
        sent.append(message)
        return True

    monkeypatch.setattr(chain, "send", send)
    version_promoted.send_robust(sender=None, version_id=version.pk)
    assert sent == [("predict_anew", version.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_failed_picture_that_comes_again_is_sent_at_once(version: ModelVersion) -> None:
    content = picture(Label.AI, 1)
    first = submit(content)
    Image.objects.filter(pk=first.pk).update(state=Image.State.FAILED, failure="gone")
    before = broker.depth(broker.INFERENCE)

    again = submit(content)

    assert (again.pk, again.state) == (first.pk, Image.State.WAITING)
    assert broker.depth(broker.INFERENCE) == before + 1
