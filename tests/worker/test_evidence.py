"""A file is read when its picture is examined, and what it says is stored with the finding."""

from pathlib import Path

import pytest

from classifier.detector.decision import Calibration, Head, Judge
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.vocabulary import Label
from labelling.models import Evidence, Image, Prediction
from labelling.services import findings
from labelling.services.submit import submit_with_finding
from tests.classifier.detector.provenance.files import put_into_png, text
from tests.worker.conftest import make_image
from tests.worker.small import JUDGE, picture, small_bundle
from worker.services import inference
from worker.services.inference import classify_image
from worker.services.rejudging import predict_batch

SETTINGS = text("parameters", "a red fox\nSteps: 20, Sampler: Euler a")


def speaking(label: Label) -> bytes:
    """A picture of the small detector with a web UI's settings in it."""
    return put_into_png(picture(label, 1), SETTINGS)


def test_it_is_stored_with_the_finding(version: ModelVersion) -> None:
    image = make_image(speaking(Label.HUMAN))

    classify_image(image_id=image.pk)

    clue = Evidence.objects.get()
    assert (clue.image, clue.kind, clue.says, clue.verified) == (image, "generator", "ai", False)
    assert (clue.tool, clue.prompt) == ("Stable Diffusion web UI", "a red fox")
    prediction = Prediction.objects.get()
    silent = make_image(picture(Label.HUMAN, 1))
    classify_image(image_id=silent.pk)
    without = Prediction.objects.get(image=silent)
    assert (prediction.probability_ai, prediction.verdict) == (
        without.probability_ai,
        without.verdict,
    )


def test_a_second_delivery_changes_nothing(version: ModelVersion) -> None:
    image = make_image(speaking(Label.AI))
    classify_image(image_id=image.pk)
    first = Evidence.objects.values().get()

    classify_image(image_id=image.pk)

    assert Evidence.objects.values().get() == first


def test_without_the_finding_there_is_no_evidence_either(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image(speaking(Label.AI))

    def fail(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(findings, "record_score", fail)
    with pytest.raises(MemoryError):
        classify_image(image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.evidence_read_at) == (Image.State.WAITING, None)
    assert not Evidence.objects.exists()


def test_predict_stores_it_too(version: ModelVersion) -> None:
    for _ in range(2):
        submitted, _ = submit_with_finding(
            data=speaking(Label.AI), filename="fox.png", submitter=None
        )
    assert Evidence.objects.get().image == submitted.image


def test_a_refit_leaves_it_alone_and_reads_no_file(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    image = make_image(speaking(Label.AI))
    classify_image(image_id=image.pk)
    before = Evidence.objects.values().get()
    judge = Judge(Head(-JUDGE.head.weight, 0.0), Calibration(1, 0), JUDGE.thresholds)
    turned = small_bundle(tmp_path / "turned", judge=judge)
    second = promote_version(version=register_version(bundle=turned.path))
    monkeypatch.setattr(inference, "read_provenance", pytest.fail)

    predict_batch(version_id=second.pk)

    assert Prediction.objects.filter(image=image, version=second).exists()
    assert Evidence.objects.values().get() == before


def test_an_old_picture_gets_its_evidence_when_it_is_examined_again(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image(speaking(Label.AI))
    classify_image(image_id=image.pk)
    Evidence.objects.all().delete()
    Image.objects.update(evidence_read_at=None)
    Prediction.objects.all().delete()

    classify_image(image_id=image.pk)

    assert Evidence.objects.get().image == image
    image.refresh_from_db()
    assert image.evidence_read_at is not None


def test_a_picture_that_is_refused_leaves_no_evidence(version: ModelVersion) -> None:
    image = make_image(speaking(Label.AI)[:-30])

    classify_image(image_id=image.pk)

    image.refresh_from_db()
    assert (image.state, image.evidence_read_at) == (Image.State.FAILED, None)
    assert not Evidence.objects.exists()
