"""A waiting picture gets one finding, whatever is delivered twice, and failures have words."""

import logging
from dataclasses import replace
from uuid import uuid4

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from PIL import Image as PilImage

from classifier.detector.detector import Finding
from classifier.models import ModelVersion
from classifier.vocabulary import Label, Reason, Verdict
from labelling.models import Embedding, Image, Prediction
from labelling.services.findings import record_finding
from tests.brightness import CROP
from tests.labelling.pictures import encoded
from tests.worker.conftest import make_image
from tests.worker.small import colour, picture
from worker.services.inference import ATTEMPTS, classify_image

VECTOR = np.ones(3, dtype=np.float32)


@pytest.mark.parametrize(
    ("label", "verdict"), [(Label.AI, Verdict.AI), (Label.HUMAN, Verdict.HUMAN)]
)
def test_a_finding_is_stored(version: ModelVersion, label: Label, verdict: Verdict) -> None:
    image = make_image(picture(label, 1))

    classify_image(image_id=image.pk)

    image.refresh_from_db()
    prediction = Prediction.objects.get()
    embedding = Embedding.objects.get()
    assert image.state == Image.State.CLASSIFIED
    assert (prediction.image, prediction.version, prediction.verdict) == (image, version, verdict)
    assert (prediction.probability_ai > 0.5) == (label is Label.AI)
    assert embedding.backbone_digest == version.backbone_digest
    vector = np.frombuffer(embedding.vector, "<f4")
    assert vector == pytest.approx(colour(label, 1), abs=2 / 255)


def test_why_there_is_no_answer_is_stored(version: ModelVersion) -> None:
    pixels = np.full((CROP, CROP, 3), 128, np.uint8)
    image = make_image(encoded(PilImage.fromarray(pixels)))

    classify_image(image_id=image.pk)

    prediction = Prediction.objects.get()
    assert prediction.verdict == Verdict.UNCERTAIN
    assert prediction.reasons == [Reason.BETWEEN_THRESHOLDS]


def test_how_far_the_crops_differ_is_stored_and_added_to_an_older_row(
    version: ModelVersion,
) -> None:
    """A row from before it was measured gets it when the picture is next examined."""
    image = make_image(picture(Label.AI, 1))
    finding = Finding(0.9, 2.0, Verdict.AI, embedding=VECTOR, disagreement=None, short_side=CROP)
    measured = replace(finding, disagreement=0.75)
    for said, stored in ((finding, None), (measured, 0.75), (finding, 0.75)):
        record_finding(image_id=image.pk, version=version, finding=said)
        assert Embedding.objects.get().disagreement == stored


def test_a_second_delivery_changes_nothing(version: ModelVersion) -> None:
    image = make_image(picture(Label.AI, 1))
    classify_image(image_id=image.pk)
    first = Prediction.objects.values().get()

    classify_image(image_id=image.pk)

    assert Prediction.objects.values().get() == first
    assert Embedding.objects.count() == 1


def test_a_picture_that_is_refused_fails_in_words(version: ModelVersion) -> None:
    image = make_image(picture(Label.AI, 1)[:60])

    classify_image(image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.failure_code) == (Image.State.FAILED, "corrupt_picture")
    assert image.failure.endswith(".")
    assert not Prediction.objects.exists()


def test_a_lost_original_fails_in_words(version: ModelVersion) -> None:
    image = make_image(picture(Label.AI, 1))
    default_storage.delete(image.original)

    classify_image(image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.failure_code) == (Image.State.FAILED, "original_missing")


@pytest.mark.django_db
def test_without_a_version_the_picture_goes_on_waiting(caplog: pytest.LogCaptureFixture) -> None:
    image = make_image(picture(Label.AI, 1))

    with caplog.at_level(logging.WARNING):
        classify_image(image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.failure) == (Image.State.WAITING, "")
    assert "waits: Model not loaded" in caplog.text


def test_a_deleted_picture_is_nobodys_business(version: ModelVersion) -> None:
    classify_image(image_id=uuid4())
    assert not Prediction.objects.exists()


def test_a_picture_on_which_workers_die_is_given_up(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image(picture(Label.AI, 1))

    def die(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("worker.services.inference.examine", die)
    for _ in range(ATTEMPTS):
        with pytest.raises(MemoryError):
            classify_image(image_id=image.pk)
    classify_image(image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.failure_code) == (Image.State.FAILED, "gave_up")
    assert "Your upload is safe" in image.failure


def test_a_cache_that_is_away_stops_no_finding(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError

    for method in ("add", "delete"):
        monkeypatch.setattr(cache, method, away)
    image = make_image(picture(Label.AI, 1))

    classify_image(image_id=image.pk)

    assert Prediction.objects.get().image == image
