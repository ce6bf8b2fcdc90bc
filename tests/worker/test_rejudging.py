"""After a promotion every stored picture gets the new verdict, mostly without decoding."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier.detector.decision import Calibration, Head, Judge
from classifier.detector.doubt import Doubt, Familiarity
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.vocabulary import Label, Reason, Verdict
from labelling.models import Embedding, Image, Prediction
from labelling.models import Label as SettledLabel
from tests.brightness import CROP
from tests.worker.conftest import make_image
from tests.worker.small import JUDGE, picture, small_bundle
from worker.services import chain, rejudging
from worker.services.inference import classify_image
from worker.services.rejudging import predict_batch, start_predicting_anew

Sent = list[tuple[object, ...]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    messages: Sent = []

    def send(*message: object) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(chain, "send", send)
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
        _, version_id, *after = sent[done]
        predict_batch(version_id=int(str(version_id)), after=str(*after))
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


def doubting(tmp_path: Path, name: str, doubt: Doubt, *, least_side: int = 1) -> ModelVersion:
    """Another version, live: the same backbone and head, and more doubts."""
    judge = replace(JUDGE, doubt=doubt)
    bundle = small_bundle(tmp_path / name, judge=judge, least_side=least_side)
    return promote_version(version=register_version(bundle=bundle.path))


def test_a_picture_that_is_too_small_stays_so_in_every_version(
    stored: list[Image], tmp_path: Path, sent: Sent
) -> None:
    """Its original is not needed for that: the row knows its sides."""
    strict = doubting(tmp_path, "strict", Doubt(), least_side=CROP + 1)
    for image in stored:
        default_storage.delete(image.original)

    run_chain(strict, sent)

    anew = Prediction.objects.filter(version=strict)
    assert anew.count() == 3
    for prediction in anew:
        assert prediction.verdict == Verdict.UNCERTAIN
        assert prediction.reasons == [Reason.TOO_SMALL]
        assert prediction.probability_ai > 0.7, "there is a figure all the same"


def test_how_far_crops_differ_is_measured_once_and_goes_on_to_count(
    stored: list[Image], tmp_path: Path, sent: Sent
) -> None:
    spreads = {stored[0].pk: 0.5, stored[1].pk: 1.5, stored[2].pk: None}
    for image_id, spread in spreads.items():
        Embedding.objects.filter(image=image_id).update(disagreement=spread)

    run_chain(doubting(tmp_path, "strict", Doubt(disagreement=1.0)), sent)

    anew = {row.image_id: row for row in Prediction.objects.filter(version__number=2)}
    assert anew[stored[1].pk].reasons == [Reason.VIEWS_DISAGREE]
    assert anew[stored[1].pk].verdict == Verdict.UNCERTAIN
    for image in (stored[0], stored[2]):
        assert (anew[image.pk].reasons, anew[image.pk].verdict) == ([], Verdict.AI)


def test_what_is_unfamiliar_is_told_from_the_stored_embedding(
    stored: list[Image], tmp_path: Path, sent: Sent
) -> None:
    blue = np.array([[0, 0, 1]], np.float32)
    familiarity = Familiarity(np.zeros(3, np.float32), np.eye(3, dtype=np.float32), blue)
    far = Doubt(distance=0.1, familiarity=familiarity)

    run_chain(doubting(tmp_path, "blue", far), sent)

    anew = Prediction.objects.filter(version__number=2)
    assert [row.reasons for row in anew] == [[Reason.UNFAMILIAR]] * 3


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


def test_what_waits_for_a_reviewer_is_judged_first(
    stored: list[Image], turned: ModelVersion, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for image in stored[1:]:
        SettledLabel.objects.create(image=image, value="ai", settled_at=timezone.now())
    monkeypatch.setattr(rejudging, "STORED_BATCH", 1)

    run_chain(turned, sent)

    order = Prediction.objects.filter(version=turned).order_by("pk")
    assert [row.image_id for row in order] == [image.pk for image in stored]


def test_what_waits_for_a_reviewer_is_also_looked_at_first(
    stored: list[Image], turned: ModelVersion, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another network; one original that is gone holds up neither kind."""
    Embedding.objects.update(backbone_digest="another")
    monkeypatch.setattr(rejudging, "DECODED_BATCH", 1)
    settled, *waiting = sorted(stored, key=lambda image: image.pk)
    SettledLabel.objects.create(image=settled, value="ai", settled_at=timezone.now())
    default_storage.delete(waiting[0].original)

    run_chain(turned, sent)

    order = Prediction.objects.filter(version=turned).order_by("pk")
    assert [row.image_id for row in order] == [waiting[1].pk, settled.pk]
    assert [message[2:] for message in sent] == [
        (),
        (f"open:{waiting[0].pk}",),
        (f"open:{waiting[1].pk}",),
        (f"settled:{settled.pk}",),
    ]


def test_while_the_cache_is_away_nothing_breaks(
    stored: list[Image], turned: ModelVersion, settings: LazySettings
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
        }
    }
    start_predicting_anew(version_id=turned.pk)
    predict_batch(version_id=turned.pk)
    assert Prediction.objects.filter(version=turned).count() == 3
