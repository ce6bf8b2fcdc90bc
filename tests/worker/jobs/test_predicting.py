"""The version that answers judges anew what somebody chose, each picture once."""

import pytest
from django.core.files.storage import default_storage

from classifier.models import ModelVersion
from classifier.vocabulary import Label as LabelValue
from labelling.models import Image, Prediction, User
from labelling.services.deletion import bin_image
from tests.worker.conftest import make_image
from tests.worker.jobs.conftest import Ask, run
from tests.worker.small import picture
from worker.models import Job
from worker.services.inference import classify_image
from worker.services.jobs import predicting

pytestmark = pytest.mark.django_db


def outcomes(job: Job) -> list[str]:
    return list(job.items.order_by("pk").values_list("outcome", flat=True))


@pytest.fixture
def five(version: ModelVersion) -> list[Image]:
    """Judged, waiting, failed, without its original, and in the bin."""
    return [make_image(picture(LabelValue.AI, seed)) for seed in range(5)]


def test_each_is_judged_or_told_why_not(
    ask: Ask, five: list[Image], version: ModelVersion, administrator: User
) -> None:
    judged, waiting, failed, lost, binned = five
    classify_image(image_id=judged.pk)
    Image.objects.filter(pk=failed.pk).update(state="failed", failure_code="x", failure="broke")
    default_storage.delete(lost.original)
    bin_image(image_id=binned.pk, by=administrator)

    job = run(ask(Job.Kind.PREDICT, administrator, five))

    assert outcomes(job) == ["unchanged", "done", "done", "refused", "refused"]
    assert job.outcome.startswith("2 judged anew, 1 judged by this version before, 2 refused: ")
    said = Prediction.objects.filter(version=version).values_list("image_id", flat=True)
    assert set(said) == {judged.pk, waiting.pk, failed.pk}
    failed.refresh_from_db()
    assert (failed.state, failed.failure) == ("classified", "")
    lost.refresh_from_db()
    assert (lost.state, lost.failure_code) == ("failed", "original_missing")


def test_run_again_it_looks_at_nothing_twice(
    ask: Ask, five: list[Image], administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = run(ask(Job.Kind.PREDICT, administrator, five))
    assert outcomes(job) == ["done"] * 5

    def look(*_: object) -> bool:
        raise AssertionError("looked twice")

    monkeypatch.setattr(predicting, "examine", look)
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    job.items.filter(image=five[0]).update(outcome="waiting")  # its worker died before it said so
    assert run(job).outcome == "4 judged anew, 1 judged by this version before."


def test_without_a_version_the_job_fails_in_words(
    ask: Ask, administrator: User, images: list[Image]
) -> None:
    job = run(ask(Job.Kind.PREDICT, administrator))
    assert job.state == Job.State.FAILED
    assert job.outcome
    assert outcomes(job) == ["waiting"] * 5
