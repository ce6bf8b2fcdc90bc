"""The seed project's worst fault, made impossible: what is trained as AI is called AI.

The whole way is walked, once for each of two detectors that have learned opposite pictures:
training, bundle, registry, promotion, API.
"""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.services import promote_version, register_version
from classifier.vocabulary import Label
from tests.classifier.toy import toy_bundle_of, toy_bytes

pytestmark = pytest.mark.django_db

SAID = {Label.AI: "AI-generated", Label.HUMAN: "Human-made"}


@pytest.fixture(scope="session", params=list(Label), ids=lambda label: f"smooth-is-{label}")
def toy(request) -> tuple[Label, Path]:
    """Which class is smooth, and a bundle that has learned it so."""
    return request.param, toy_bundle_of(request.param)


@pytest.mark.parametrize("label", list(Label))
def test_the_api_calls_each_class_by_its_name(
    toy: tuple[Label, Path], label: Label, client: Client, settings
) -> None:
    settings.OPEN_PREDICT = True
    smooth, bundle = toy
    promote_version(version=register_version(bundle=bundle))

    for seed in range(900, 904):  # none of them was trained on
        picture = toy_bytes(label, seed, smooth=smooth)
        upload = SimpleUploadedFile("toy.png", picture, content_type="image/png")
        answer = client.post("/predict", {"file": upload}).json()

        assert answer["prediction"] == SAID[label]
        assert answer["verdict"] == label.value
        assert (answer["confidence"] > 0.5) == (label is Label.AI)
        assert (answer["logit"] > 0) == (label is Label.AI)
