"""After a promotion every stored picture gets the new verdict, mostly without decoding."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from classifier.detector.decision import Calibration, Head, Judge
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.vocabulary import Label, Verdict
from labelling.models import Embedding, Image, Prediction
from tests.worker.conftest import make_image
from tests.worker.small import JUDGE, picture, small_bundle
from worker.services import rejudging
from worker.services.inference import classify_image
from worker.services.rejudging import predict_batch, start_predicting_anew

Sent = list[tuple[object, ...]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    messages: Sent = []

    def send(*message: object) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(rejudging, "send", send)
    return messages


@pytest.fixture
def stored(version: ModelVersion) -> list[Image]:
    """Three pictures, classified by version 1."""
    images = [make_image(picture(Label.AI, seed)) for seed in range(3)]
    for image in images:
        classify_image(image_id=image.pk)
    return images


@pytest.fixture
def turned(stored: list[Image], tmp_path: Path) -> ModelVersion:
    """Version 2, live: the same backbone, and it sees human where version 1 saw AI."""
    judge = Judge(Head(-JUDGE.head.weight, 0.0), Calibration(1, 0), JUDGE.thresholds)
    bundle = small_bundle(tmp_path / "turned", judge=judge)
    return promote_version(version=register_version(bundle=bundle.path))


def run_chain(version: ModelVersion, sent: Sent) -> int:
    """Do what the worker would: take messages until none is sent; returns how many."""
    start_predicting_anew(version_id=version.pk)
    done = 0
    while done < len(sent):
        _, version_id, after = sent[done]
        predict_batch(version_id=int(str(version_id)), after=str(after))
        done += 1
    return done


def test_stored_embeddings_are_enough(
    stored: list[Image], turned: ModelVersion, sent: Sent
) -> None:
    for image in stored:
        default_storage.delete(image.original)

    run_chain(turned, sent)

    anew = Prediction.objects.filter(version=turned)
    assert set(anew.values_list("image", flat=True)) == {image.pk for image in stored}
    assert {prediction.verdict for prediction in anew} == {Verdict.HUMAN}
    assert Prediction.objects.count() == 6
    assert Embedding.objects.count() == 3


def test_it_goes_in_batches(
    stored: list[Image], turned: ModelVersion, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "STORED_BATCH", 2)
    assert run_chain(turned, sent) == 3  # two, one, and nothing left
    assert Prediction.objects.filter(version=turned).count() == 3


def test_another_backbone_looks_at_the_originals(
    stored: list[Image], turned: ModelVersion, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One original that is gone does not hold up the others, even at the head of each batch."""
    Embedding.objects.update(backbone_digest="another")
    monkeypatch.setattr(rejudging, "DECODED_BATCH", 1)
    first = Image.objects.order_by("pk")[0]
    default_storage.delete(first.original)

    run_chain(turned, sent)

    anew = Prediction.objects.filter(version=turned).values_list("image", flat=True)
    assert set(anew) == {image.pk for image in stored} - {first.pk}
    first.refresh_from_db()
    assert first.state == Image.State.CLASSIFIED


def test_there_is_one_chain_at_a_time(turned: ModelVersion, sent: Sent) -> None:
    start_predicting_anew(version_id=turned.pk)
    start_predicting_anew(version_id=turned.pk)
    assert len(sent) == 1


def test_a_version_that_is_no_longer_live_stops(
    stored: list[Image], turned: ModelVersion, version: ModelVersion, sent: Sent
) -> None:
    start_predicting_anew(version_id=turned.pk)
    promote_version(version=version)
    predict_batch(version_id=turned.pk)
    assert len(sent) == 1
    assert not Prediction.objects.filter(version=turned).exists()


def test_twice_is_harmless(stored: list[Image], turned: ModelVersion, sent: Sent) -> None:
    run_chain(turned, sent)
    before = list(Prediction.objects.order_by("pk").values())
    predict_batch(version_id=turned.pk)
    assert list(Prediction.objects.order_by("pk").values()) == before
