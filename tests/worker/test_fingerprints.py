"""Every picture that is examined gets its small grey copy; older ones get it afterwards."""

from io import StringIO

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from classifier.detector.decoding import decode
from classifier.detector.fingerprint import SIDE, grey_copy
from classifier.models import ModelVersion
from labelling.models import Fingerprint, Image
from tests.classifier.training.data.pictures import saved, scene
from tests.worker.conftest import make_image
from worker.services.fingerprints import make_missing_fingerprints
from worker.services.inference import classify_image

pytestmark = pytest.mark.django_db


def fingerprint() -> str:
    said = StringIO()
    call_command("fingerprint", stdout=said, stderr=StringIO())
    return said.getvalue().strip()


def test_a_picture_gets_its_fingerprint_when_it_is_examined(version: ModelVersion) -> None:
    data = saved(scene(1))
    image = make_image(data)

    classify_image(image_id=image.pk)

    stored = np.frombuffer(image.fingerprint.grey, np.uint8).reshape(SIDE, SIDE)
    np.testing.assert_array_equal(stored, grey_copy(decode(data)))


def test_examined_again_the_first_stands(version: ModelVersion) -> None:
    image = make_image(saved(scene(1)))
    for _ in range(2):
        classify_image(image_id=image.pk)
    made_at = Fingerprint.objects.get().created_at
    make_missing_fingerprints(images=Image.objects.all())

    assert Fingerprint.objects.get().created_at == made_at


def test_older_pictures_get_theirs_by_the_command() -> None:
    for seed in range(3):
        make_image(saved(scene(seed)))

    assert fingerprint() == "3 made."
    assert fingerprint() == "Every picture has its fingerprint."
    assert Fingerprint.objects.count() == 3


def test_a_lost_original_is_passed_over_and_said(caplog: pytest.LogCaptureFixture) -> None:
    lost, kept = (make_image(saved(scene(seed))) for seed in range(2))
    default_storage.delete(lost.original)

    assert fingerprint() == "1 made."
    assert list(Fingerprint.objects.values_list("image", flat=True)) == [kept.pk]
    assert f"{lost} gets no fingerprint" in caplog.text


def test_a_fingerprint_goes_with_its_picture() -> None:
    image = make_image(saved(scene(1)))
    make_missing_fingerprints(images=Image.objects.all())
    image.delete()

    assert not Fingerprint.objects.exists()
